import { randomBytes } from 'node:crypto'
import type { Driver } from '../../src/contract/adapter.ts'
import type { Family } from '../../src/contract/family.ts'
import type { Caller } from '../../src/domain/caller.ts'
import type { Catalog } from '../../src/domain/offer.ts'
import type { Operation, OperationState } from '../../src/domain/operation.ts'
import type { Platform } from '../../src/domain/platform.ts'
import { Refusal } from '../../src/domain/refusal.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { CORE_KINDS } from '../../src/engine/kinds/core-kinds.ts'
import { DRIFT_KINDS } from '../../src/engine/kinds/drift-kinds.ts'
import { RetryBudgets } from '../../src/engine/retry-budget.ts'
import { createEngine, type Engine } from '../../src/engine/runner.ts'
import { sweep } from '../../src/engine/sweep.ts'
import type { Broker } from '../../src/service/broker.ts'
import { createBroker } from '../../src/service/create-broker.ts'
import type { Deps } from '../../src/service/deps.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase, type StoreAddress } from '../../src/store/open.ts'
import { type Key, openSeal } from '../../src/store/seal.ts'
import type { Database } from '../../src/store/session.ts'
import { openStore, recogniseStore, type Store } from '../../src/store/store.ts'
import { moveKinds } from '../../src/switching/kinds.ts'
import { retentionOver } from '../../src/switching/retention-clock.ts'
import type { ReceiptFacts } from '../../src/trust/receipt-claims.ts'
import { type Clock, clockAt, DAY, HOUR } from './clock.ts'
import { type Cloud, driverOf, familyOf, openCloud } from './cloud.ts'
import { type Life, lifeUntil, mortal } from './life.ts'
import { catalogOf, seenBy, validate } from './offers.ts'
import { PATIENCE } from './patience.ts'

export const KEY = { id: 'k1', key: randomBytes(32) }
export const LEASE_MS = 30_000

export interface CoreOptions {
  readonly clock?: Clock
  readonly cloud?: Cloud
  readonly life?: Life
  readonly wrap?: (database: Database) => Database
  readonly driver?: (driver: Driver) => Driver
  readonly family?: (family: Family) => Family
  readonly synchronousWaitMs?: number
  readonly leaseMs?: number
  readonly concurrency?: number
  /** The store lives by the database's own time (or, on SQLite, by the system's). */
  readonly databaseTime?: boolean
  readonly deadlineMs?: number
  readonly recovery?: EngineDeps['recovery']
  readonly brokerAddresses?: readonly string[]
  /** The key ring; `KEY` alone when absent. */
  readonly keys?: readonly Key[]
  /** What comes due besides. */
  readonly sweeps?: EngineDeps['sweeps']
  /** The engine is not started. */
  readonly idle?: boolean
  /** A database that is open already and stays open: for many processes one after the other. */
  readonly database?: Database
}

/** One process: store, engine and use cases over the scripted cloud. */
export interface Core {
  readonly store: Store
  readonly engine: Engine
  readonly broker: Broker
  /** What use cases and engine were made of, for those that tests make besides. */
  readonly needs: { readonly service: Deps; readonly engine: EngineDeps }
  readonly brokerId: string
  readonly cloud: Cloud
  readonly clock: Clock
  readonly catalog: { now: Catalog }
  readonly configured: Set<string>
  readonly logged: { level: string; facts: object; message: string }[]
  readonly observed: string[]
  /** Lets time pass until every operation has ended. */
  settle(): Promise<void>
  /** What the engine does by itself every half minute. */
  sweep(): Promise<number>
  operations(state?: OperationState): Promise<Operation[]>
  tables(): Promise<unknown>
  close(): Promise<void>
}

/** Readable ones, for tests that are not about signatures. */
const RECEIPTS = {
  completion: async ({ record }: ReceiptFacts) => `completion of ${record.id}`,
  erasure: async ({ record }: ReceiptFacts) => `erasure of ${record.id}`
}

export async function openCore(address: StoreAddress, options: CoreOptions = {}): Promise<Core> {
  const clock = options.clock ?? clockAt()
  const cloud = options.cloud ?? openCloud()
  const life = options.life ?? lifeUntil()
  const real = options.database
    ? deaf(options.database)
    : await openStoreAt(address, options.databaseTime ? undefined : clock.now)
  const wrapped = options.wrap?.(real) ?? real
  const seal = openSeal(options.keys ?? [KEY])
  const { brokerId } = await recogniseStore(openStore(real, seal))
  const store = openStore(mortal(wrapped, life), seal)
  const configured = new Set(['north', 'south'])
  const driver = (options.driver ?? ((same) => same))(driverOf(cloud, life.reach))
  const family = (options.family ?? ((same) => same))(familyOf(cloud, life.reach))
  const registry = {
    driver: (provider: string) => (configured.has(provider) ? driver : undefined),
    family: () => family,
    reach: () => ({ network: 'public' }) as const
  }
  const logged: Core['logged'] = []
  const observed: string[] = []
  const leaseMs = options.leaseMs ?? LEASE_MS
  const deps: EngineDeps = {
    kinds: { ...CORE_KINDS, ...DRIFT_KINDS, ...moveKinds({ receipts: RECEIPTS, retentionMs: 30 * DAY }) },
    sweeps: [retentionOver, ...(options.sweeps ?? [])],
    store,
    registry,
    ports: () => ({}) as ReturnType<EngineDeps['ports']>,
    brokerId,
    allowFrom: () => [],
    now: clock.now,
    random: () => 0.5,
    retries: new RetryBudgets(clock.now),
    recovery: options.recovery ?? { reason: () => undefined },
    log: logInto(logged),
    observer: {
      operationEnded: (kind, state) => observed.push(`${kind} ${state}`),
      leaseTakenOver: () => observed.push('taken over')
    },
    settings: { leaseMs, concurrency: options.concurrency ?? 16, pollMs: 50, keepEndedMs: 90 * DAY }
  }
  const engine = createEngine(deps)
  const catalog = { now: catalogOf() }
  const service: Deps = {
    store,
    catalog: { current: () => catalog.now, seenBy: (platform) => seenBy(catalog.now, platform), validate },
    registry,
    runner: engine,
    now: clock.now,
    settings: {
      brokerAddresses: options.brokerAddresses ?? [],
      leaseMs,
      synchronousWaitMs: options.synchronousWaitMs ?? 5000,
      deadlinesMs: deadlines(options.deadlineMs ?? HOUR)
    }
  }
  const broker = createBroker(service)
  if (!options.idle) await engine.start()
  const operations = (state?: OperationState) =>
    real.read((session) => store.operations.list(session, { limit: 10_000, ...(state ? { state } : {}) }))
  return {
    store,
    engine,
    broker,
    needs: { service, engine: deps },
    brokerId,
    cloud,
    clock,
    catalog,
    configured,
    logged,
    observed,
    operations,
    sweep: () => sweep(deps),
    settle: () => settle(engine, () => operations('in progress'), clock),
    tables: () => allTables(real),
    async close() {
      await engine.stop(1000)
      if (!options.database) await real.close()
    }
  }
}

/** Each process that listens keeps a connection until its database is closed: many of them would use up the pool. */
function deaf(database: Database): Database {
  return {
    dialect: database.dialect,
    read: (work) => database.read(work),
    snapshot: (work) => database.snapshot(work),
    write: (work) => database.write(work),
    listen: async () => {},
    notify: () => database.notify(),
    close: () => database.close()
  }
}

export async function openStoreAt(address: StoreAddress, now?: () => number): Promise<Database> {
  const database = await openDatabase(address, now)
  await migrate(database)
  return database
}

function deadlines(ms: number) {
  return { create: ms, update: ms, switch: ms, delete: ms, bind: ms, unbind: ms }
}

function logInto(logged: Core['logged']): EngineDeps['log'] {
  const at = (level: string) => (facts: object, message: string) => {
    logged.push({ level, facts, message })
  }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

const LONGEST_SETTLE_MS = 20_000

async function settle(engine: Engine, inProgress: () => Promise<Operation[]>, clock: Clock): Promise<void> {
  const end = Date.now() + LONGEST_SETTLE_MS
  for (;;) {
    const open = await inProgress()
    if (open.length === 0 && engine.running() === 0) return
    if (Date.now() > end) {
      const left = open.map(({ kind, stage, failures }) => `${kind} ${stage} ${failures}`)
      throw new Error(`not settled: ${left.join(', ')}`)
    }
    if (engine.running() === 0) clock.advance(1000)
    engine.wake()
    await moment(3)
  }
}

/** For conditions that are asked for again and again, never for luck. */
export function moment(ms = 1): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export async function until(condition: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const end = Date.now() + withinMs * PATIENCE
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`it did not come true within ${withinMs} ms: ${String(condition)}`)
    await moment()
  }
}

const TABLES = ['instances', 'resources', 'bindings', 'operations', 'audit', 'plan_revisions'] as const

async function allTables(database: Database): Promise<unknown> {
  return database.read(async (session) => {
    const found: Record<string, string[]> = {}
    for (const table of TABLES) {
      const rows = await session.read(`select * from ${table}`)
      found[table] = rows.map((row) => JSON.stringify(row)).toSorted()
    }
    return found
  })
}

export function callerOf(platform: Partial<Platform> = {}, minor = 17): Caller {
  return {
    platform: { name: 'cf', sees: {}, quotas: {}, allowFrom: [], ...platform },
    version: { major: 2, minor },
    requestId: 'request-1'
  }
}

/** What a request came to: an answer, or a refusal as the edge would tell it. */
export interface Told {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly description: string
  readonly error: string | undefined
  readonly refusal: Refusal | undefined
}

/** Answers and refusals alike; anything else that is thrown is a defect and stays one. */
export async function told(asked: Promise<{ status: number; body: object }>): Promise<Told> {
  try {
    const { status, body } = await asked
    return { status, body: body as never, description: '', error: undefined, refusal: undefined }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    const { status, message, options } = thrown
    return { status, body: {}, description: message, error: options.error, refusal: thrown }
  }
}
