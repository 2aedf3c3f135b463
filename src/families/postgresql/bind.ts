import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/json.ts'
import { loginComment } from '../../contract/mark.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { quoteName, quoteText } from '../../contract/sql.ts'
import { isClosed } from './is-closed.ts'
import { maintenance, readerOf } from './names.ts'
import { scramVerifier } from './scram.ts'
import { retried } from './sql-state.ts'

/** Of the disk that all tenants share, what one statement of one session may take for sorting. Set where root has the right to. */
const TEMPORARY_FILES = '2GB'

/**
 * A login that is a member of the group, and acts as the group: all bindings share what they make, and removing one breaks no table.
 * One transaction in one connection, outside the tenant's database.
 */
export async function bind(
  access: PostgresqlAccess,
  login: Login,
  parameters: JsonObject,
  call: Call
): Promise<void> {
  // Worked out while the connection is made.
  const verifying = scramVerifier(login)
  const isReader = parameters['access'] === 'read-only'
  await call.postgresql(
    access,
    async (session) => {
      const verifier = await verifying
      await retried(session, () =>
        session.transaction(() => make(session, access, login.name, verifier, isReader))
      )
    },
    maintenance(access)
  )
}

async function make(
  session: PostgresqlSession,
  access: PostgresqlAccess,
  name: string,
  verifier: string,
  isReader: boolean
): Promise<void> {
  const comment = loginComment(access.database)
  const seen = await look(session, name, access.database)
  if (seen.exists && seen.comment !== comment) {
    throw new ProviderFailure('conflict', 'A role with the name of this binding exists and is not ours.')
  }
  // A login that nobody could use is not made. Binds wait for a freeze: only a store from before a switch leads here.
  if (seen.isClosed) {
    throw new ProviderFailure(
      'denied',
      'The database was closed by a switch and its data is somewhere else: the operator of the Service Broker has to look.'
    )
  }
  const [group, other] = groups(access.database, isReader)
  const role = quoteName(name)
  const limit = access.connectionLimit ?? -1
  const verb = seen.exists ? 'ALTER' : 'CREATE'
  await session.query(`${verb} ROLE ${role} LOGIN PASSWORD ${quoteText(verifier)} CONNECTION LIMIT ${limit}`)
  await session.query(`COMMENT ON ROLE ${role} IS ${quoteText(comment)}`)
  await session.query(`GRANT ${quoteName(group)} TO ${role}`)
  if (seen.groups.includes(other)) await session.query(`REVOKE ${quoteName(other)} FROM ${role}`)
  const inDatabase = `ALTER ROLE ${role} IN DATABASE ${quoteName(access.database)}`
  await session.query(isReader ? `${inDatabase} RESET role` : `${inDatabase} SET role = ${quoteText(group)}`)
  if (seen.limitsFiles) await session.query(`ALTER ROLE ${role} SET temp_file_limit = '${TEMPORARY_FILES}'`)
}

function groups(database: string, isReader: boolean): readonly [string, string] {
  const reader = readerOf(database)
  return isReader ? [reader, database] : [database, reader]
}

async function look(session: PostgresqlSession, name: string, database: string) {
  const rows = await session.query(
    `-- look at the login
     SELECT r.oid IS NOT NULL AS found, shobj_description(r.oid, 'pg_authid') AS comment, g.rolname AS member_of,
            has_parameter_privilege(current_user, 'temp_file_limit', 'SET') AS limits_files, ${isClosed('$2')} AS is_closed
     FROM (SELECT) AS one
     LEFT JOIN pg_roles r ON r.rolname = $1
     LEFT JOIN pg_auth_members m ON m.member = r.oid
     LEFT JOIN pg_roles g ON g.oid = m.roleid`,
    [name, database]
  )
  return {
    isClosed: rows[0]?.['is_closed'] === true,
    exists: rows[0]?.['found'] === true,
    comment: rows[0]?.['comment'],
    limitsFiles: rows[0]?.['limits_files'] === true,
    groups: rows.map((row) => String(row['member_of']))
  }
}
