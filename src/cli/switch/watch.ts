import { setTimeout as pause } from 'node:timers/promises'
import type { JsonObject } from '../../contract/json.ts'
import { field } from '../answer.ts'
import { askBroker } from '../ask-broker.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { type Display, progressDisplay } from './progress-display.ts'

const EVERY_MS = 1000
/** A broker that is started again goes on where it was, and so does who watches it. */
const PATIENCE_MS = 120_000

/** Shows a switch until it has ended; nothing when Ctrl-C has stopped the watching, which changes nothing else. */
export async function watch(id: string): Promise<JsonObject | undefined> {
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  const interrupted = new Promise<undefined>((resolve) => {
    stopped.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const display = progressDisplay(process.stderr, process.env['TERM'])
  process.on('SIGINT', stop)
  try {
    return await Promise.race([interrupted, untilEnded(id, display, stopped.signal)])
  } finally {
    process.off('SIGINT', stop)
    stopped.abort()
    display.end()
  }
}

async function untilEnded(
  id: string,
  display: Display,
  signal: AbortSignal
): Promise<JsonObject | undefined> {
  let heardAt = performance.now()
  let isAway = false
  while (!signal.aborted) {
    const seen = await lookAt(id, heardAt)
    if (seen) {
      isAway = false
      heardAt = performance.now()
      display.show(seen)
      if (field(seen, 'endedAt') !== '') return seen
    } else if (!isAway) {
      isAway = true
      display.say('the broker does not answer; asking again')
    }
    await pause(EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  return undefined
}

/** Nothing while the broker cannot be reached, for a while. */
async function lookAt(id: string, heardAt: number): Promise<JsonObject | undefined> {
  try {
    return await askBroker({ path: ['switches', id] })
  } catch (error) {
    const isAway = error instanceof CommandFailure && error.exitCode === EXIT.unreachable
    if (isAway && performance.now() - heardAt < PATIENCE_MS) return undefined
    throw error
  }
}
