import type { PostgresqlAccess } from '../../contract/access.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Names } from '../../contract/family.ts'
import { isSameMark, loginComment, readBuried, readMark } from '../../contract/mark.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { quoteName } from '../../contract/sql.ts'
import { dissolve, revokeElsewhere } from './dissolve.ts'
import { removeSteps } from './move/shut-out.ts'
import { maintenance, readerOf } from './names.ts'
import { removeLogin } from './unbind.ts'

/** Removes every login that is left, throwaway logins of a move too, and the group of readers. The group itself carries the mark and goes last, by the driver. */
export async function release(access: PostgresqlAccess, names: Names, call: Call): Promise<void> {
  await call.postgresql(access, (session) => releaseIn(session, access, names, call), maintenance(access))
}

async function releaseIn(
  session: PostgresqlSession,
  access: PostgresqlAccess,
  names: Names,
  call: Call
): Promise<void> {
  const reader = readerOf(names.resource)
  const roles = await session.query(
    `-- look at the roles
     SELECT oid, rolname, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles
     WHERE rolname IN ($1, $2) OR shobj_description(oid, 'pg_authid') = $3`,
    [names.resource, reader, loginComment(names.resource)]
  )
  const group = roles.find((role) => role['rolname'] === names.resource)
  if (group === undefined || isSameMark(readBuried(group['comment']), names.mark)) return
  if (!isSameMark(readMark(group['comment']), names.mark)) {
    throw new ProviderFailure('conflict', 'A role with the name of this instance exists and is not ours.')
  }
  await reopen(session, access)
  const logins = roles.filter((role) => role['comment'] === loginComment(names.resource))
  for (const login of logins) await removeLogin(access, String(login['rolname']), session, call)
  const place = { access, outside: session, call }
  await removeSteps(place)
  await revokeElsewhere(place, names.resource, Number(group['oid']))
  const readers = roles.find((role) => role['rolname'] === reader)
  if (readers === undefined) return
  await session.query(`GRANT ${quoteName(reader)} TO CURRENT_USER`)
  await dissolve(place, reader, Number(readers['oid']))
}

/** An attempt of a move that died while it emptied the database left it closed; what roles own in there must be taken from them. */
async function reopen(session: PostgresqlSession, { database }: PostgresqlAccess): Promise<void> {
  const closed = await session.query(
    `-- look whether the database is closed
     SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn`,
    [database]
  )
  if (closed.length === 0) return
  await session.query(`REVOKE ALL ON DATABASE ${quoteName(database)} FROM PUBLIC`)
  await session.query(`ALTER DATABASE ${quoteName(database)} ALLOW_CONNECTIONS true`)
}
