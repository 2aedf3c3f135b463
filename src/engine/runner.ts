import type { EndedOperation, Operation } from '../domain/operation.ts'
import { LostLease } from '../store/operation-leases.ts'
import type { EngineDeps } from './deps.ts'
import { drive } from './drive.ts'
import type { Standing } from './record.ts'
import type { Works } from './subject.ts'
import { sweep } from './sweep.ts'
import { createWaiters } from './waiters.ts'

/** Another process may end what is waited for here. */
const ELSEWHERE_MS = 200
const SWEEP_MS = 30_000
/** What is left to a step that is aborted when the broker stops. */
const LAST_MS = 1000

/** One operation in the hands of this process. */
interface Running {
  readonly provider: string
  readonly work: Promise<void>
}

/**
 * The durable operations of one process: claims what is due, drives it, and rests until something is due again.
 *
 * Each provider has room of its own (`concurrency`), so that one that does not answer fills only its own. It may be exceeded for a
 * moment: by what is accepted while a claim is under way, by accepts that share one commit, and by synchronous requests, for
 * whose answer somebody waits.
 */
export class Engine {
  readonly #deps: EngineDeps
  readonly #running = new Map<string, Running>()
  readonly #waiters = createWaiters()
  readonly #drain = new AbortController()
  readonly #halt = new AbortController()
  readonly #signals = { drain: this.#drain.signal, halt: this.#halt.signal }
  #stopped: Promise<void> | undefined
  #claiming: Promise<void> | undefined
  #claimAgain = false
  #alarm: NodeJS.Timeout | undefined
  #sweeper: NodeJS.Timeout | undefined

  constructor(deps: EngineDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    const { store, log } = this.#deps
    await store.database.listen(() => this.#look())
    this.#sweeper = setInterval(() => {
      sweep(this.#deps).then(
        (found) => found > 0 && this.#look(),
        (error: unknown) => log.error({ err: error }, 'the sweep failed')
      )
    }, SWEEP_MS)
    this.#look()
  }

  /** Finishes the steps that run and begins no other; leases are released, all within the time given. Twice is once. */
  stop(withinMs: number): Promise<void> {
    this.#stopped ??= this.#finish(withinMs)
    return this.#stopped
  }

  /** Runs an operation that was inserted claimed by this process; what it works on is read unless it is given. */
  run(operation: Operation, on?: Works): void {
    this.#track(operation, drive(this.#deps, operation, this.#signals, on))
  }

  /** There is room to run one more of this provider's at once. */
  hasRoom(provider: string): boolean {
    return !this.#stopped && this.#roomOf(provider) > 0
  }

  /** Operations that are in the hands of this process now. */
  running(): number {
    return this.#running.size
  }

  /** The same by provider; '' stands for those without a resource. */
  runningByProvider(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { provider } of this.#running.values()) counts.set(provider, (counts.get(provider) ?? 0) + 1)
    return counts
  }

  /** Something was inserted unclaimed, or made due. */
  wake(): void {
    this.#deps.store.database.notify()
    this.#look()
  }

  /** How the operation ended; nothing when the time is over before it has. */
  async ended(operationId: string, withinMs: number): Promise<EndedOperation | undefined> {
    const until = Date.now() + withinMs
    for (;;) {
      const left = until - Date.now()
      if (left <= 0) return this.#endOf(operationId)
      const pause = this.#running.has(operationId) ? left : Math.min(left, ELSEWHERE_MS)
      const ended = (await this.#waiters.wait(operationId, pause)) ?? (await this.#endOf(operationId))
      if (ended) return ended
    }
  }

  async #finish(withinMs: number): Promise<void> {
    clearTimeout(this.#alarm)
    clearInterval(this.#sweeper)
    this.#drain.abort()
    const abort = (): void => this.#halt.abort(new Error('the broker stops'))
    const abortion = setTimeout(abort, Math.max(0, withinMs - LAST_MS))
    await within(withinMs, this.#finished())
    clearTimeout(abortion)
  }

  async #finished(): Promise<void> {
    await this.#claiming
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ work }) => work))
  }

  /** One operation, from here to its rest or end; whoever waits for it is told. */
  #track({ id: operationId, provider = '' }: Operation, work: Promise<Standing>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (error instanceof LostLease) return undefined
        this.#deps.log.error({ err: error, operation: operationId }, 'an operation could not be recorded')
        return undefined
      })
      .then((standing) => {
        // Not when it was claimed again after its lease ran out.
        if (this.#running.get(operationId)?.work === tracked) this.#running.delete(operationId)
        const hasEnded = standing?.state === 'succeeded' || standing?.state === 'failed'
        this.#waiters.tell(operationId, hasEnded ? standing : undefined)
        this.#look()
      })
    this.#running.set(operationId, { provider, work: tracked })
  }

  /** Looks for work, soon; asked again meanwhile, it looks once more. */
  #look(): void {
    this.#claimAgain = true
    if (this.#claiming || this.#stopped) return
    this.#claiming = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.#claim())
      .catch((error: unknown) => {
        this.#deps.log.error({ err: error }, 'work could not be claimed')
        this.#rest(this.#deps.settings.pollMs)
      })
      .finally(() => {
        this.#claiming = undefined
        if (this.#claimAgain) this.#look()
      })
  }

  async #claim(): Promise<void> {
    clearTimeout(this.#alarm)
    this.#claimAgain = false
    const { store, settings, observer, recovery } = this.#deps
    if (recovery.reason()) return this.#rest(settings.pollMs)
    if (this.#stopped) return
    const { open, claimed } = await store.database.write(async (session) => {
      const names = await store.operations.openProviders(session)
      return {
        open: names,
        claimed: await store.operations.claim(session, settings.leaseMs, this.#rooms(names))
      }
    })
    for (const operation of claimed) {
      if (operation.takenOver) observer.leaseTakenOver()
      this.#track(operation, drive(this.#deps, operation, this.#signals))
    }
    // What is due of a full provider is looked for when one of its own ends here.
    const waitedFor = [...this.#rooms(open).keys()]
    const due = await store.database.read((session) => store.operations.nextDueIn(session, waitedFor))
    this.#rest(Math.max(1, Math.min(settings.pollMs, due ?? settings.pollMs)))
  }

  #roomOf(provider: string): number {
    return this.#deps.settings.concurrency - (this.runningByProvider().get(provider) ?? 0)
  }

  /** Those of the providers that have room, and how much. */
  #rooms(providers: readonly string[]): ReadonlyMap<string, number> {
    return new Map(
      providers.map((name) => [name, this.#roomOf(name)] as const).filter(([, room]) => room > 0)
    )
  }

  #rest(ms: number): void {
    clearTimeout(this.#alarm)
    if (!this.#stopped) this.#alarm = setTimeout(() => this.#look(), ms)
  }

  async #endOf(operationId: string): Promise<EndedOperation | undefined> {
    const { store } = this.#deps
    const operation = await store.database.read((session) => store.operations.byId(session, operationId))
    if (!operation || operation.state === 'in progress') return undefined
    return { ...operation, state: operation.state }
  }
}

/** A step that heeds no signal does not keep the process: its lease runs out by itself. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let limit: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    limit = setTimeout(resolve, ms)
  })
  await Promise.race([work, over])
  clearTimeout(limit)
}

export function createEngine(deps: EngineDeps): Engine {
  return new Engine(deps)
}
