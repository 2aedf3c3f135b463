import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { maintenance } from '../names.ts'
import { open } from './shut.ts'
import { stepEnd } from './step-end.ts'

/**
 * First the throwaway logins at the source, with the locks that a session of theirs may still hold; then everybody is let in again, also
 * when that failed or the target does not answer.
 */
export async function thaw(moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<void> {
  const { access } = moving.from
  try {
    await stepEnd(moving, 'from', call)
  } finally {
    await call.postgresql(
      access,
      (outside) => open({ access, outside, call }, moving.logins),
      maintenance(access)
    )
  }
  await stepEnd(moving, 'to', call)
}
