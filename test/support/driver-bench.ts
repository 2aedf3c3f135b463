import type { Adapter, AdapterModule, Driver, Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family as mysql } from '../../src/families/mysql/index.ts'
import { family as objectStorage } from '../../src/families/object-storage/index.ts'
import { family as postgresql } from '../../src/families/postgresql/index.ts'
import { family as redis } from '../../src/families/redis/index.ts'
import { openBreaker } from '../conformance/breaker.ts'
import { freshOrder } from '../conformance/fresh.ts'
import type { Harness, OrderDetails } from '../conformance/harness.ts'
import { realPorts } from '../conformance/ports.ts'
import { type Engine, openEngine } from '../conformance/run.ts'
import { openWatch } from '../conformance/watch.ts'
import type { Faults } from './fake/faults.ts'
import type { FakeProcess } from './fake/start.ts'

export const BROKER = 'broker-1'

/** A fake provider, as far as all of them are alike. */
export interface BenchFake extends FakeProcess<Faults> {
  /** What `open` of its adapter wants. */
  readonly settings: JsonObject
  setStatus(id: string, status: string): Promise<void>
  state(): Promise<FakeState>
}

interface FakeState {
  /** Of the servers behind it, beyond what new ones have. */
  readonly databases: readonly string[]
  readonly roles: readonly string[]
  readonly counters: Readonly<Record<string, number>>
}

/** An adapter before its fake provider. */
export interface BenchPlace<Fake extends BenchFake> {
  readonly adapter: AdapterModule
  readonly fake: () => Promise<Fake>
  readonly region: string
  /** Beyond those of the fake. */
  readonly settings?: JsonObject
  /** Each resource has its server to itself. */
  readonly dedicated?: true
  /** The fake is emptied before the suite only, not before each of its tests. */
  readonly keeps?: true
}

export interface BenchOrder extends Partial<OrderDetails> {
  readonly service: keyof typeof FAMILIES
  readonly plan: JsonObject
  /** Only the driver's part: the family neither prepares what was made nor binds. */
  readonly bare?: true
}

const FAMILIES = { postgresql, mysql, redis, 'object-storage': objectStorage }

/** Where drivers are tried: a fake that stands empty, and a broker that just started. */
export interface Bench<Fake extends BenchFake> {
  readonly fake: Fake
  readonly opened: Adapter
  /** Seconds that the broker let pass. */
  readonly passed: () => number
  /** As after a start of the broker, with these settings. */
  open(settings: JsonObject): void
  driver(service: string): Driver
  /** An order, and a core in small that carries it out by a clock of its own. */
  begin(order: BenchOrder): Engine
  /** How often the fake was asked this. */
  asked(what: string): Promise<number>
}

/** To be called inside `describe`. */
export function useBench<Fake extends BenchFake>(place: BenchPlace<Fake>): Bench<Fake> {
  const bench = {} as { fake: Fake; opened: Adapter }
  let passed = 0

  async function empty(): Promise<void> {
    passed = 0
    await bench.fake.reset()
    open(bench.fake.settings)
  }

  function open(settings: JsonObject): void {
    bench.opened = place.adapter.open({ ...settings, ...place.settings })
  }

  before(async function () {
    this.timeout(180_000)
    bench.fake = await place.fake()
    await empty()
  })
  if (!place.keeps) beforeEach(empty)

  function driver(service: string): Driver {
    const found = bench.opened.drivers[service]
    if (!found) throw new Error(`there is no driver of ${service}`)
    return found
  }

  return Object.assign(bench, {
    open,
    driver,
    passed: () => passed,
    asked: async (what: string) => (await bench.fake.state()).counters[what] ?? 0,
    begin({ service, bare, ...details }: BenchOrder): Engine {
      const opened = driver(service)
      const harness: Harness = {
        openDriver: () => opened,
        ...(bare ? {} : { family: FAMILIES[service] }),
        ...(place.dedicated ? { dedicated: true } : {}),
        order: { region: place.region, parameters: {}, ...details },
        call: ({ now, attempt, signal }) => callAt(now, attempt, signal),
        resources: async () => [],
        logins: async () => [],
        tryLogin: async () => false,
        advanceTime: async (seconds) => {
          passed += seconds
          await bench.fake.advance(seconds)
        }
      }
      return openEngine(harness, openBreaker(harness.call), openWatch(), freshOrder(harness.order, BROKER))
    }
  })
}

/** A step with all real ports. */
export function callAt(now = new Date(), attempt = 1, signal = new AbortController().signal): Call {
  return { signal, now, attempt, ...realPorts(signal), note: () => undefined }
}

/** What the driver chose and has not made yet. */
export async function chosenBy(driver: Driver, order: Order): Promise<Handle> {
  return pendingHandle(await driver.create(order, undefined, callAt()))
}

export function pendingHandle(sighting: Sighting): Handle {
  if (sighting.state !== 'pending') throw new Error(sighting.state)
  return sighting.handle
}

export function handleOf({ book }: Engine): Handle {
  if (book.handle === undefined) throw new Error('nothing was committed')
  return book.handle
}
