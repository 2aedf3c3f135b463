import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { quoteName } from '../../contract/sql.ts'
import { STATE, stateOf } from './sql-state.ts'

/** Root's own place, and a little for those who are quicker. */
const ROOM = 3

/**
 * Runs `use` as root inside a tenant's database, also when the tenant holds all its connections: the limit is lifted for the moment of
 * the login. `outside` is root's session in the maintenance database.
 */
export async function inTenantDatabase<T>(
  access: PostgresqlAccess,
  database: string,
  outside: PostgresqlSession,
  call: Call,
  use: (session: PostgresqlSession) => Promise<T>
): Promise<T> {
  let isIn = false
  const enter = (then: () => Promise<unknown>) =>
    call.postgresql(
      access,
      async (session) => {
        isIn = true
        await then()
        return use(session)
      },
      { database }
    )
  try {
    return await enter(async () => undefined)
  } catch (error) {
    if (isIn || stateOf(error) !== STATE.tooManyConnections) throw error
    const limit = await limitOf(outside, database)
    if (limit < 0) throw error
    const restore = () => setLimit(outside, database, limit)
    await setLimit(outside, database, limit + ROOM)
    try {
      return await enter(restore)
    } finally {
      if (!isIn) await restore()
    }
  }
}

/** The group keeps the limit too, where our own driver made it: the database's may still be lifted by an attempt that died. */
async function limitOf(session: PostgresqlSession, database: string): Promise<number> {
  const [row] = await session.query(
    `SELECT coalesce(nullif(r.rolconnlimit, -1), d.datconnlimit) AS connections
     FROM pg_database d LEFT JOIN pg_roles r ON r.rolname = d.datname WHERE d.datname = $1`,
    [database]
  )
  return Number(row?.['connections'] ?? -1)
}

function setLimit(session: PostgresqlSession, database: string, limit: number) {
  return session.query(`ALTER DATABASE ${quoteName(database)} CONNECTION LIMIT ${limit}`)
}
