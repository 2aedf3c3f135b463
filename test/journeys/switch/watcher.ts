import { randomUUID } from 'node:crypto'
import type { OsbAnswer } from '../../support/osb-client.ts'
import { type MovingInstance, pause } from './instance.ts'

/** One answer, and when it was asked for and given. */
export interface Heard {
  readonly from: number
  readonly until: number
  readonly status: number
  readonly error?: string
  readonly text: string
}

/** A platform that looks at an instance, and makes and removes bindings, all the time. */
export interface Watcher {
  readonly fetches: readonly Heard[]
  readonly binds: readonly Heard[]
  readonly unbinds: readonly Heard[]
  stop(): Promise<void>
}

const FETCH_MS = 40
const BIND_MS = 150

export function startWatcher(instance: MovingInstance): Watcher {
  const [fetches, binds, unbinds]: [Heard[], Heard[], Heard[]] = [[], [], []]
  /** Made, and not yet removed. */
  const standing: string[] = []
  const over = new AbortController()

  async function unbindOne(): Promise<void> {
    const id = standing[0]
    if (id === undefined) return
    const heard = await listen(unbinds, () => instance.tryToUnbind(id))
    if (heard.status === 200) standing.shift()
  }

  async function bindOne(): Promise<void> {
    const id = randomUUID()
    const heard = await listen(binds, () => instance.tryToBind(id))
    if (heard.status === 201) standing.push(id)
  }

  const running = Promise.all([
    repeat(FETCH_MS, () => listen(fetches, instance.fetch)),
    repeat(BIND_MS, async () => {
      await bindOne()
      // One is left standing, so that the switch meets it.
      if (standing.length > 1) await unbindOne()
    }),
    // In the freeze too, where nothing may be removed either.
    repeat(2 * BIND_MS, async () => {
      if (standing.length > 0 && binds.at(-1)?.status === 422) await unbindOne()
    })
  ])
  running.catch(() => undefined)

  async function repeat(everyMs: number, work: () => Promise<unknown>): Promise<void> {
    while (!over.signal.aborted) {
      await work()
      await pause(everyMs)
    }
  }

  return {
    fetches,
    binds,
    unbinds,
    async stop() {
      over.abort()
      await running
      while (standing.length > 0) await unbindOne()
    }
  }
}

async function listen(kept: Heard[], ask: () => Promise<OsbAnswer>): Promise<Heard> {
  const from = Date.now()
  const { status, body, text } = await ask()
  const error = typeof body['error'] === 'string' ? { error: body['error'] } : {}
  // Credentials are nothing to keep.
  const heard = { from, until: Date.now(), status, ...error, text: status < 300 ? '' : text }
  kept.push(heard)
  return heard
}
