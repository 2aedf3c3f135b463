import { LostLease } from '../store/operations.ts'
import type { EngineDeps } from './deps.ts'
import { drive } from './drive.ts'
import { sweep } from './sweep.ts'

/** The durable operations of one process. */
export interface Engine {
  start(): Promise<void>
  /** Finishes the steps that run and begins no other; leases are released, all within the time given. Twice is once. */
  stop(withinMs: number): Promise<void>
  run(operationId: string): void
  hasRoom(): boolean
  wake(): void
  ended(operationId: string, withinMs: number): Promise<boolean>
  running(): number
}

/** Another process may end what is waited for here. */
const ELSEWHERE_MS = 200
const SWEEP_MS = 30_000
/** What is left to a step that is aborted when the broker stops. */
const LAST_MS = 1000

export function createEngine(deps: EngineDeps): Engine {
  const running = new Map<string, Promise<void>>()
  const waiters = new Map<string, Set<() => void>>()
  const drain = new AbortController()
  const halt = new AbortController()
  const signals = { drain: drain.signal, halt: halt.signal }
  let stopping: Promise<void> | undefined
  let pumping: Promise<void> | undefined
  let again = false
  let timer: NodeJS.Timeout | undefined
  let sweeper: NodeJS.Timeout | undefined

  /** One operation, from here to its rest or end; whoever waits for it is told. */
  function track(operationId: string, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        if (error instanceof LostLease) return
        deps.log.error({ err: error, operation: operationId }, 'an operation could not be recorded')
      })
      .finally(() => {
        // Not when it was claimed again after its lease ran out.
        if (running.get(operationId) === tracked) running.delete(operationId)
        for (const resolve of waiters.get(operationId) ?? []) resolve()
        wake()
      })
    running.set(operationId, tracked)
  }

  function wake(): void {
    again = true
    if (pumping || stopping) return
    pumping = new Promise((resolve) => setImmediate(resolve))
      .then(pump)
      .catch((error: unknown) => {
        deps.log.error({ err: error }, 'work could not be claimed')
        rest(deps.settings.pollMs)
      })
      .finally(() => {
        pumping = undefined
        if (again) wake()
      })
  }

  async function pump(): Promise<void> {
    clearTimeout(timer)
    again = false
    const free = deps.settings.concurrency - running.size
    if (stopping || free <= 0) return
    const { store, settings } = deps
    const claimed = await store.database.write((session) =>
      store.operations.claim(session, settings.leaseMs, free)
    )
    for (const operation of claimed) {
      if (operation.takenOver) deps.observer.leaseTakenOver()
      track(operation.id, drive(deps, operation, signals))
    }
    if (claimed.length === free) return
    const due = await store.database.read((session) => store.operations.nextDueIn(session))
    const wait = Math.max(1, Math.min(settings.pollMs, due ?? settings.pollMs))
    rest(wait)
  }

  function rest(ms: number): void {
    clearTimeout(timer)
    if (!stopping) timer = setTimeout(wake, ms)
  }

  async function runById(operationId: string): Promise<void> {
    const { store } = deps
    const operation = await store.database.read((session) => store.operations.byId(session, operationId))
    if (operation) return drive(deps, operation, signals)
  }

  async function hasEnded(operationId: string): Promise<boolean> {
    const { store } = deps
    const operation = await store.database.read((session) => store.operations.byId(session, operationId))
    return operation?.state !== 'in progress'
  }

  function localEnd(operationId: string, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const each = waiters.get(operationId) ?? new Set()
      const done = (): void => {
        clearTimeout(limit)
        each.delete(done)
        if (each.size === 0) waiters.delete(operationId)
        resolve()
      }
      const limit = setTimeout(done, withinMs)
      waiters.set(operationId, each.add(done))
    })
  }

  async function finished(): Promise<void> {
    await pumping
    while (running.size > 0) await Promise.all(running.values())
  }

  return {
    async start() {
      await deps.store.database.listen(wake)
      sweeper = setInterval(() => {
        sweep(deps).then(
          (found) => found > 0 && wake(),
          (error: unknown) => deps.log.error({ err: error }, 'the sweep failed')
        )
      }, SWEEP_MS)
      wake()
    },

    stop(withinMs) {
      stopping ??= (async () => {
        clearTimeout(timer)
        clearInterval(sweeper)
        drain.abort()
        const abort = (): void => halt.abort(new Error('the broker stops'))
        const abortion = setTimeout(abort, Math.max(0, withinMs - LAST_MS))
        await within(withinMs, finished())
        clearTimeout(abortion)
      })()
      return stopping
    },

    run: (operationId) => track(operationId, runById(operationId)),
    hasRoom: () => !stopping && running.size < deps.settings.concurrency,
    wake() {
      deps.store.database.notify()
      wake()
    },

    async ended(operationId, withinMs) {
      const until = Date.now() + withinMs
      for (;;) {
        const left = until - Date.now()
        if (left <= 0) return hasEnded(operationId)
        await localEnd(operationId, running.has(operationId) ? left : Math.min(left, ELSEWHERE_MS))
        if (await hasEnded(operationId)) return true
      }
    },

    running: () => running.size
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
