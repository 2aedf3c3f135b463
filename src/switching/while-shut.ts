import { ProviderFailure } from '../contract/errors.ts'
import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { GivesUp } from '../engine/outcome.ts'
import type { MoveSubject } from './move-subject.ts'

/** How often in a row, and how long, a freeze may be tried again while applications cannot write. */
const MOST_TRIES = 5
const LONGEST_MS = 60_000

/**
 * A try of what comes before the copy. A source that an earlier try has closed does not stay so until the operation has no time left:
 * when this goes on failing, it is opened again.
 */
export async function whileShut<T>(
  deps: EngineDeps,
  { record, subject }: MoveSubject,
  call: MoveCall,
  work: Promise<T>
): Promise<T> {
  try {
    return await work
  } catch (thrown) {
    const last = record.timeline.at(-1)
    const isShut = record.kind === 'switch' && record.timeline.some(({ state }) => state === 'freeze')
    if (!isShut || !last || call.signal.aborted || !(thrown instanceof ProviderFailure)) throw thrown
    const isLong = last.state === 'freeze' && deps.now() - last.at > LONGEST_MS
    if (!isLong && subject.operation.failures < MOST_TRIES) throw thrown
    throw new GivesUp('unavailable', `the source was closed, and it went on failing: ${thrown.message}`)
  }
}
