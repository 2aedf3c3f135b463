import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import { loginComment } from '../../contract/mark.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { dissolve } from './dissolve.ts'
import { findLogin, lockOut } from './lock-out.ts'
import { maintenance } from './names.ts'

/**
 * Locks the login out, then hands over what it owns and drops it. Begins again at any point. Another session of the tenant may hold
 * locks that the second half needs: the login is of no use by then.
 */
export async function unbind(
  access: PostgresqlAccess,
  login: Pick<Login, 'name'>,
  call: Call
): Promise<'locked out' | 'gone'> {
  return call.postgresql(
    access,
    async (session) => {
      const oid = await findLogin(session, login.name, loginComment(access.database))
      if (oid === undefined) return 'gone'
      const place = { access, outside: session, call }
      await lockOut(place, login.name, oid)
      return dissolve(place, login.name, oid).then(() => 'gone', blocked)
    },
    maintenance(access)
  )
}

function blocked(thrown: unknown): 'locked out' {
  if (thrown instanceof ProviderFailure && thrown.kind === 'unavailable') return 'locked out'
  throw thrown
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
