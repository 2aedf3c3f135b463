import type { Hold, Moving } from '../contract/move.ts'
import type { Held } from '../engine/kind.ts'

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
