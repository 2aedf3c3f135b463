import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import { loginComment } from '../../../contract/mark.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Place } from '../place.ts'
import { connectRights } from './connect-rights.ts'
import { refusePrepared } from './prepared.ts'
import { foreignSessions } from './sessions.ts'
import { stepLogin } from './step-login.ts'

/** Throws when somebody is in, may enter, or has a transaction prepared. A superuser's session is no reason: nobody can end it. */
export async function checkShut(place: Place, moving: Moving<PostgresqlAccess>): Promise<void> {
  const { outside, access } = place
  const [right] = await connectRights(outside, access.database)
  if (right !== undefined) throw lost(`${right.grantee || 'PUBLIC'} may enter the source again`)
  const names = moving.logins.map(({ from }) => from.name)
  const [login] = await outside.query(
    `-- look for logins that may log in
     SELECT rolname FROM pg_roles
     WHERE rolcanlogin AND rolname = ANY ($1::text[]) AND shobj_description(oid, 'pg_authid') = $2`,
    [names, loginComment(access.database)]
  )
  if (login !== undefined) throw lost(`the login ${String(login['rolname'])} may log in again`)
  const found = await foreignSessions(place, stepLogin(moving, 'from').name)
  const foreign = found.find(({ isSuperuser }) => !isSuperuser)
  if (foreign !== undefined) throw lost(`a session of ${foreign.role ?? 'a dropped role'} is in the source`)
  await refusePrepared(outside, access.database)
}

function lost(why: string): ProviderFailure {
  return new ProviderFailure('unavailable', `The freeze of the source does not hold: ${why}.`)
}
