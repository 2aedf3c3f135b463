import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Hold, Moving } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { checkSnapshot, heldSnapshot } from './snapshot.ts'

/** A moment of the source that lives on: nobody notices. */
export async function pin(moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<Hold> {
  const held = await heldSnapshot(moving, 'from', call)
  let isReleased = false
  return {
    snapshot: held.snapshot,
    async check() {
      if (isReleased) throw new ProviderFailure('unavailable', 'The snapshot of the source was released.')
      await checkSnapshot(held)
    },
    release() {
      isReleased = true
      return held.end()
    }
  }
}
