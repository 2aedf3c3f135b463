import { ProviderFailure } from '../contract/errors.ts'
import type { Hold, Moving } from '../contract/move.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Held } from '../engine/kind.ts'
import type { MoveSubject } from './move-subject.ts'
import { tellProgress } from './progress.ts'

/** A freeze, or a pinned stand, that one process holds from step to step, with what the steps need besides. */
export interface HeldMove extends Held {
  readonly hold: Hold
  readonly moving: Moving
}

/** `withinMs`: the check is asked within a transaction of the store too, which must not wait for a server that has fallen silent. */
export function holding(taken: Hold, moving: Moving, slot: Held, withinMs: number): HeldMove {
  const check = () => within(withinMs, taken.check())
  const hold: Hold = { snapshot: taken.snapshot, check, release: () => taken.release() }
  return {
    hold,
    moving,
    check,
    async release() {
      await taken.release()
      await slot.release()
    }
  }
}

export function heldMove(held: Held | undefined): HeldMove | undefined {
  return held !== undefined && 'hold' in held ? (held as HeldMove) : undefined
}

/** What is held, as the step that runs now works on it: its progress is told as its own. */
export function stepping(deps: EngineDeps, { subject, record }: MoveSubject, { moving }: HeldMove): Moving {
  return { ...moving, told: tellProgress(deps, subject.operation, record) }
}

async function within(ms: number, check: Promise<void>): Promise<void> {
  let limit: NodeJS.Timeout | undefined
  const silent = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => reject(silence()), ms)
  })
  try {
    await Promise.race([check, silent])
  } finally {
    clearTimeout(limit)
  }
}

function silence(): ProviderFailure {
  return new ProviderFailure('unavailable', 'Whether the source is still frozen could not be told in time.')
}
