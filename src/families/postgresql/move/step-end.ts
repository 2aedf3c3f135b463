import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Call } from '../../../contract/ports.ts'
import { maintenance } from '../names.ts'
import { endRoom } from './room.ts'
import { removeSteps } from './shut-out.ts'
import type { Side } from './step-login.ts'

/** No throwaway login of this resource is left, and its database allows as many connections as before. Idempotent, whatever stands. */
export async function stepEnd(moving: Moving<PostgresqlAccess>, side: Side, call: Call): Promise<void> {
  const { access } = moving[side]
  await call.postgresql(
    access,
    async (outside) => {
      await removeSteps({ access, outside, call })
      await endRoom(outside, access)
    },
    { ...maintenance(access), patience: 'long' }
  )
}
