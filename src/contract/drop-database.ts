import { ProviderFailure } from './errors.ts'
import { type PostgresqlSession, SqlState } from './ports.ts'
import { quoteName } from './sql.ts'

const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Of a database that nobody may enter any more. FORCE is refused while an autovacuum worker is in, because that is of no role: then
 * whoever root may end is ended first, and the server, left to itself, ends its own workers.
 */
export async function dropDatabase(session: PostgresqlSession, name: string): Promise<void> {
  try {
    await session.query(`DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`)
  } catch (error) {
    if (!isRefused(error)) throw error
    await session.query(
      `-- end sessions
       SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pg_has_role(usesysid, 'USAGE')`,
      [name]
    )
    await session.query(`DROP DATABASE IF EXISTS ${quoteName(name)}`)
  }
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof ProviderFailure &&
    error.cause instanceof SqlState &&
    error.cause.code === INSUFFICIENT_PRIVILEGE
  )
}
