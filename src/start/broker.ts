import { randomUUID } from 'node:crypto'
import { openCatalog } from '../catalog/holder.ts'
import type { Config } from '../config/config.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { CORE_KINDS } from '../engine/kinds/core-kinds.ts'
import { DRIFT_KINDS } from '../engine/kinds/drift-kinds.ts'
import { looksDue } from '../engine/looks-due.ts'
import { RetryBudgets } from '../engine/retry-budget.ts'
import { createEngine, type Engine } from '../engine/runner.ts'
import { AuditJob } from '../engine/seal-audit.ts'
import type { HealthReport } from '../http/edge.ts'
import type { EdgeServer } from '../http/server.ts'
import { startServer } from '../http/server.ts'
import { authenticator } from '../identity/authenticate.ts'
import { platformOf } from '../identity/platforms.ts'
import { createLog, withoutFieldNet } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { createBroker } from '../service/create-broker.ts'
import type { Deps } from '../service/deps.ts'
import { isOutage } from '../store/outage.ts'
import type { Database } from '../store/session.ts'
import { recogniseStore, type Store } from '../store/store.ts'
import { type Writes, watchWrites } from '../store/write-watch.ts'
import { moveKinds } from '../switching/kinds.ts'
import { retentionOver } from '../switching/retention-clock.ts'
import { Circuits } from '../transport/circuits.ts'
import { sweepWorkspaces } from '../transport/workspace.ts'
import type { ReceiptIssuer } from '../trust/receipts.ts'
import { adviceOn } from './advice.ts'
import { withoutResting } from './awake.ts'
import type { DataFolder } from './data-folder.ts'
import { didRoutes } from './did-routes.ts'
import { driftCounts } from './drift-counts.ts'
import type { LocalProviders } from './local-providers.ts'
import { lookServices } from './look-services.ts'
import { openOperations } from './open-operations.ts'
import { openProviders } from './open-providers.ts'
import { openConfiguredStore } from './open-store.ts'
import { operatorApi } from './operator-api.ts'
import { checkPlatforms } from './platforms.ts'
import { portsFor, workFolderOf } from './ports.ts'
import { providerLoads } from './provider-loads.ts'
import { openConfiguredReceipts } from './receipts.ts'
import { secretsOf } from './secrets.ts'
import { switchApi } from './switch-api.ts'
import { tlsOf } from './tls.ts'
import { writeUrl } from './url-file.ts'
import { checkpointPlaces, witnessesIn } from './witnesses.ts'

export interface RunningBroker {
  readonly url: string
  readonly config: Config
  /** Drains, finishes the steps that run, releases leases, stops local servers. Twice is once. */
  stop(): Promise<void>
}

type Log = ReturnType<typeof createLog>

const STEPS_MS = 6_000
const REQUESTS_SECONDS = 6
const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
const KEEP_ENDED_MS = 90 * DAY_MS
const POLL_MS = 5_000
const SYNCHRONOUS_WAIT_MS = 25_000

/** What is put around parts of the program before they are put together: by whoever breaks them on purpose. */
export interface Around {
  database(real: Database): Database
  registry(real: OpenRegistry): OpenRegistry
}

const NOTHING_AROUND: Around = { database: (real) => real, registry: (real) => real }

/** Everything but the local servers, which are starting beside it. */
export async function runBroker(
  config: Config,
  startingLocal: Promise<LocalProviders>,
  folder: DataFolder,
  around: Around = NOTHING_AROUND
): Promise<RunningBroker> {
  const closers: (() => Promise<void> | void)[] = [() => folder.release()]
  const close = once(async () => {
    for (const each of closers.toReversed()) await each()
  })
  try {
    const opened = await openConfiguredStore(config)
    const store = { ...opened, database: around.database(opened.database) }
    closers.push(() => store.database.close())
    const local = await startingLocal
    closers.push(() => local.stop())
    const url = await assemble(
      { ...config, providers: { ...local.providers, ...config.providers } },
      { store, around, local },
      closers
    )
    return { url, config, stop: close }
  } catch (error) {
    await startingLocal.then(
      (local) => local.stop(),
      () => {}
    )
    await close()
    throw error
  }
}

/** What stands before the rest is put together. */
interface Ground {
  readonly store: Store
  readonly around: Around
  readonly local: LocalProviders
}

async function assemble(
  config: Config,
  { store: opened, around, local }: Ground,
  closers: (() => Promise<void> | void)[]
): Promise<string> {
  const log = createLog({ level: config.logLevel, secrets: secretsOf(config) })
  const watched = watchedStore(opened, log)
  const { store } = watched
  closers.push(() => log.flush())
  closers.push(() => log.info({}, 'portolan has stopped'))
  for (const each of local.troubles) log.warn({}, each)
  local.tellTo((text, facts = {}, level = 'info') => log[level](facts, text))
  const circuits = new Circuits(Date.now)
  const metrics = createMetrics({
    openOperations: () => openOperations(store),
    drift: () => driftCounts(store, Object.keys(registry.adapters)),
    providers: () => providerLoads({ names: Object.keys(registry.adapters), engine, circuits, retries })
  })
  const retries = new RetryBudgets(Date.now)
  const { brokerId } = await recogniseStore(store)
  const receipts = await openConfiguredReceipts(config, store)
  await checkPlatforms(store, config.platforms)
  if (store.database.dialect === 'sqlite') {
    await store.database.write((session) => store.operations.releaseAll(session))
  }
  await sweepWorkspaces(workFolderOf(config))
  const registry = around.registry(await openProviders(config.providers, config.settingsFolder))
  const catalog = await openConfiguredCatalog(config, registry, log)
  closers.push(() => catalog.close())
  const audit = auditJob(config, store, brokerId, log, () => engine.wake())
  const calls = { metrics, circuits, retries }
  const needs = { ...watched, ...calls, config, local, registry, brokerId, receipts, audit, log }
  const engineNeeds = engineDeps(needs)
  const engine = createEngine(engineNeeds)
  await audit.start()
  closers.push(() => audit.stop())
  const server = await listen({ ...needs, catalog, engine, engineNeeds })
  closers.push(() => engine.stop(STEPS_MS))
  closers.push(() => server.close(REQUESTS_SECONDS))
  await engine.start()
  closers.push(writeUrl(config.dataDir, server.url).remove)
  log.info({ url: server.url, store: store.database.dialect }, 'portolan is ready')
  for (const each of adviceOn(config, catalog)) log.warn({}, each)
  closers.push(() => log.info({}, 'portolan is stopping'))
  return server.url
}

/** The same store, and whether it takes writes, which the log is told when it changes. */
function watchedStore(store: Store, log: Log): { readonly store: Store; readonly writes: Writes } {
  const changed = (refusal: string | undefined): void =>
    refusal === undefined
      ? log.info({}, 'the store takes writes again')
      : log.error({}, `the store takes no writes: ${refusal}`)
  const { database, writes } = watchWrites(store.database, { changed })
  return { store: { ...store, database }, writes }
}

function openConfiguredCatalog(config: Config, registry: OpenRegistry, log: Log) {
  return openCatalog({
    folders: config.catalogFolders,
    providers: registry.adapters,
    registry,
    onChange: () => log.info({}, 'the catalog was read anew'),
    onProblems: (problems) =>
      log.warn({ problems }, 'the catalog files are broken: the catalog stays as it was')
  })
}

function auditJob(config: Config, store: Store, brokerId: string, log: Log, changed: () => void): AuditJob {
  return new AuditJob({
    store,
    witnesses: witnessesIn(checkpointPlaces(config), brokerId, log),
    log,
    holder: randomUUID(),
    changed
  })
}

function engineDeps({
  config,
  local,
  store,
  registry,
  receipts,
  audit: recovery,
  brokerId,
  log,
  metrics,
  circuits,
  retries
}: Omit<Parts, 'catalog' | 'engine' | 'engineNeeds'>): EngineDeps {
  const platforms = new Map(config.platforms.map((platform) => [platform.name, platform]))
  return {
    kinds: {
      ...CORE_KINDS,
      ...DRIFT_KINDS,
      ...moveKinds({ receipts, retentionMs: config.engine.retentionDays * DAY_MS })
    },
    sweeps: [
      retentionOver,
      looksDue({
        everyMs: config.drift.everyHours * HOUR_MS,
        services: () => lookServices(withoutResting(registry, local.rests))
      })
    ],
    store,
    registry,
    brokerId,
    ports: portsFor(config, { metrics, circuits, wake: local.wake }),
    retries,
    allowFrom: (platform) => [...(platforms.get(platform)?.allowFrom ?? []), ...config.brokerAddresses],
    now: Date.now,
    random: Math.random,
    log,
    observer: metrics,
    recovery,
    settings: {
      leaseMs: config.engine.leaseSeconds * 1000,
      concurrency: config.engine.concurrency,
      pollMs: POLL_MS,
      keepEndedMs: KEEP_ENDED_MS
    }
  }
}

interface Parts {
  readonly config: Config
  readonly local: LocalProviders
  readonly store: Store
  readonly writes: Writes
  readonly catalog: Awaited<ReturnType<typeof openCatalog>>
  readonly registry: OpenRegistry
  readonly brokerId: string
  readonly engine: Engine
  readonly engineNeeds: EngineDeps
  readonly receipts: ReceiptIssuer
  readonly audit: AuditJob
  readonly log: Log
  readonly metrics: Metrics
  readonly circuits: Circuits
  readonly retries: RetryBudgets
}

async function healthOf({ store, writes, catalog, audit }: Parts): Promise<HealthReport> {
  await store.database.read((session) => session.read('select 1 as one'))
  const refusal = await writes.refusal()
  const problems = catalog.problems()
  const recovery = audit.reason()
  return {
    ready: refusal === undefined,
    details: {
      store: refusal === undefined ? 'answers' : `answers, but takes no writes: ${refusal}`,
      catalog: problems.length === 0 ? 'loaded' : problems,
      ...(recovery ? { recovery } : {})
    }
  }
}

async function listen(parts: Parts): Promise<EdgeServer> {
  const { config, catalog, audit, log, metrics } = parts
  const deps = serviceDeps(parts)
  const { host, port } = config.listen
  const tls = tlsOf(config)
  return startServer(
    {
      broker: createBroker(deps),
      catalog,
      authenticate: authenticator({ platforms: config.platforms, operators: config.operators }),
      log,
      requestLog: withoutFieldNet(log),
      metrics,
      health: { check: () => healthOf(parts) },
      isOutage,
      api: routesBeside(parts, deps),
      recovery: audit,
      versions: { minimum: config.minimumVersion, missingStatus: config.missingVersionStatus }
    },
    { host, port, ...(tls ? { tls } : {}) }
  )
}

function routesBeside(parts: Parts, deps: Deps) {
  const { config, local, store, writes, brokerId, catalog, registry, engineNeeds, receipts } = parts
  const { audit, circuits } = parts
  const platforms = new Map(config.platforms.map((each) => [each.name, platformOf(each)]))
  const platform = (name: string) => platforms.get(name)
  return [
    ...operatorApi({
      deps,
      brokerId,
      platform,
      audit,
      writes,
      witnesses: checkpointPlaces(config),
      catalog,
      registry: withoutResting(registry, local.rests),
      engine: engineNeeds,
      circuits
    }),
    ...switchApi(config, platform, deps, engineNeeds),
    ...didRoutes(receipts.issuer, store)
  ]
}

function serviceDeps({ config, store, catalog, registry, engine }: Parts): Deps {
  return {
    store,
    catalog,
    registry,
    runner: engine,
    now: Date.now,
    settings: {
      brokerAddresses: config.brokerAddresses,
      leaseMs: config.engine.leaseSeconds * 1000,
      synchronousWaitMs: SYNCHRONOUS_WAIT_MS,
      deadlinesMs: inMilliseconds(config.engine.deadlines)
    }
  }
}

function inMilliseconds<K extends string>(seconds: Readonly<Record<K, number>>): Record<K, number> {
  return Object.fromEntries(
    Object.entries<number>(seconds).map(([kind, each]) => [kind, each * 1000])
  ) as Record<K, number>
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= work())
}
