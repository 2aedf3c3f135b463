import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { loginComment } from '../../contract/mark.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { dissolve } from './dissolve.ts'
import { findLogin, lockOut } from './lock-out.ts'
import { maintenance } from './names.ts'

/** Locks the login out, then hands over what it owns and drops it. Begins again at any point. */
export async function unbind(
  access: PostgresqlAccess,
  login: Pick<Login, 'name'>,
  call: Call
): Promise<void> {
  await call.postgresql(
    access,
    (session) => removeLogin(access, login.name, session, call),
    maintenance(access)
  )
}

export async function removeLogin(
  access: PostgresqlAccess,
  name: string,
  session: PostgresqlSession,
  call: Call
): Promise<void> {
  const oid = await findLogin(session, name, loginComment(access.database))
  if (oid === undefined) return
  const place = { access, outside: session, call }
  await lockOut(place, name, oid)
  await dissolve(place, name, oid)
}
