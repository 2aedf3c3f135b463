import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { retried } from '../sql-state.ts'

/** Connections of a move on one side: lanes, tools, whoever holds the freeze, and the verifier. */
const ROOM = 16

/**
 * A tenant may hold every connection that its database allows. The limit is raised as long as a move runs; the group, which never logs in,
 * keeps what it was, also where another than our own driver made it.
 */
export async function makeRoom(outside: PostgresqlSession, access: PostgresqlAccess): Promise<void> {
  await retried(outside, () =>
    outside.transaction(async () => {
      const { database, kept } = await limitsOf(outside, access)
      if (database < 0 && kept < 0) return
      const limit = kept < 0 ? database : kept
      if (kept < 0) await outside.query(`ALTER ROLE ${quoteName(access.database)} CONNECTION LIMIT ${limit}`)
      await limitDatabase(outside, access, limit + ROOM)
    })
  )
}

/** Idempotent; nothing there is success. */
export async function endRoom(outside: PostgresqlSession, access: PostgresqlAccess): Promise<void> {
  const { database, kept } = await limitsOf(outside, access)
  if (kept < 0 || database <= kept) return
  await retried(outside, () => limitDatabase(outside, access, kept))
}

function limitDatabase(outside: PostgresqlSession, access: PostgresqlAccess, limit: number) {
  return outside.query(`ALTER DATABASE ${quoteName(access.database)} CONNECTION LIMIT ${limit}`)
}

/** -1: none. */
export async function limitsOf(outside: PostgresqlSession, access: PostgresqlAccess) {
  const [row] = await outside.query(
    `-- look at the limits
     SELECT (SELECT datconnlimit FROM pg_database WHERE datname = $1) AS of_database,
            (SELECT rolconnlimit FROM pg_roles WHERE rolname = $1) AS of_group`,
    [access.database]
  )
  return { database: Number(row?.['of_database'] ?? -1), kept: Number(row?.['of_group'] ?? -1) }
}
