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

export function holding(hold: Hold, moving: Moving): HeldMove {
  return { hold, moving, check: () => hold.check(), release: () => hold.release() }
}

export function heldMove(held: Held | undefined): HeldMove | undefined {
  return held !== undefined && 'hold' in held ? (held as HeldMove) : undefined
}

/** What is held, as the step that runs now works on it: its progress is told as its own. */
export function stepping(deps: EngineDeps, { subject, record }: MoveSubject, { moving }: HeldMove): Moving {
  return { ...moving, told: tellProgress(deps, subject.operation, record) }
}
