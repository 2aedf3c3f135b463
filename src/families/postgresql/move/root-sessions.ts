import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Moving } from '../../../contract/move.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'
import { type Side, stepLogin } from './step-login.ts'

/**
 * A process may sleep between two statements, be taken for dead, and wake when all is over: what it does then as root nobody's lost
 * login keeps it from. So each of root's sessions that may destroy something carries the name of its attempt from before it looks
 * whether it may, and whoever comes later ends it.
 */
export async function nameRootSession(
  outside: PostgresqlSession,
  moving: Moving<PostgresqlAccess>,
  side: Side
): Promise<void> {
  await outside.query(`SET application_name = ${quoteText(stepLogin(moving, side).name)}`)
}

/** `before`: those of earlier attempts only; absent: of every attempt of this move. */
export async function endRootSessions(
  outside: PostgresqlSession,
  moving: Moving<PostgresqlAccess>,
  side: Side,
  before = Number.POSITIVE_INFINITY
): Promise<void> {
  const { name } = stepLogin(moving, side)
  const stem = name.slice(0, name.lastIndexOf('_') + 1)
  const rows = await outside.query(
    `-- look for sessions of other attempts
     SELECT pid, application_name FROM pg_stat_activity
     WHERE usename = current_user AND pid <> pg_backend_pid() AND starts_with(application_name, $1)`,
    [stem]
  )
  const ending = rows.filter((row) => Number(String(row['application_name']).slice(stem.length)) < before)
  if (ending.length === 0) return
  const [left] = await outside.query(
    `-- end sessions of other attempts
     SELECT e.pid FROM unnest($1::int4[]) AS e (pid)
     WHERE NOT pg_terminate_backend(e.pid, 5000) AND EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = e.pid)`,
    [ending.map((row) => String(row['pid']))]
  )
  if (left !== undefined)
    throw new ProviderFailure(
      'unavailable',
      'A session of an earlier attempt of this move has not ended yet.'
    )
}
