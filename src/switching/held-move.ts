import { ProviderFailure } from '../contract/errors.ts'
import type { Hold, Moving } from '../contract/move.ts'
import type { Held } from '../engine/kind.ts'

/** A freeze, or a pinned stand, that one process holds from step to step, with what the steps need besides. */
export interface HeldMove extends Held {
  readonly hold: Hold
  readonly moving: Moving
}

/** `withinMs`: the check is asked within a transaction of the store too, which must not wait for a server that has fallen silent. */
export function holding(taken: Hold, moving: Moving, withinMs: number): HeldMove {
  const check = () => within(withinMs, taken.check())
  const hold: Hold = { snapshot: taken.snapshot, check, release: () => taken.release() }
  return { hold, moving, check, release: () => taken.release() }
}

export function heldMove(held: Held | undefined): HeldMove | undefined {
  return held !== undefined && 'hold' in held ? (held as HeldMove) : undefined
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
