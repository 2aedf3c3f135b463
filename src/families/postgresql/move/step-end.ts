import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Call } from '../../../contract/ports.ts'
import { maintenance } from '../names.ts'
import { endRoom } from './room.ts'
import { removeSteps } from './shut-out.ts'

/** No throwaway login of this resource is left, and its database allows as many connections as before. Idempotent, whatever stands. */
export async function stepEnd(access: PostgresqlAccess, call: Call): Promise<void> {
  await call.postgresql(
    access,
    async (outside) => {
      await removeSteps({ access, outside, call })
      await endRoom(outside, access)
    },
    { ...maintenance(access), patience: 'long' }
  )
}
