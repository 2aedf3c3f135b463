import { ProviderFailure } from './errors.ts'
import { loginComment } from './mark.ts'
import { type PostgresqlSession, SqlState } from './ports.ts'
import { quoteName } from './sql.ts'

const LOCK_NOT_AVAILABLE = '55P03'

/** Thrown to roll back. */
const ENOUGH = new Error('enough')

export interface Watch {
  /** Another session of the same login on the same server, in any database. */
  readonly open: (use: (watcher: PostgresqlSession) => Promise<void>) => Promise<void>
  /** A resource whose logins are waited for instead. */
  readonly spared?: string
}

/**
 * Runs `work` in `session`. A tenant can hold what it waits for, for as long as it likes and from its own database: a right that it
 * gave to a neighbour's role and never committed keeps that role from being dropped. So when a lock was waited for in vain, `work`
 * is run once more, and the sessions of logins of ours that stand in its way are ended; nobody else's are.
 */
export async function putOutBlockers<T>(
  session: PostgresqlSession,
  watch: Watch,
  work: () => Promise<T>
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isBlocked(error)) throw error
  }
  const [row] = await session.query('SELECT pg_backend_pid() AS pid')
  const works = { isOver: false }
  const working = work().finally(() => {
    works.isOver = true
  })
  const watching = watch.open(async (watcher) => {
    while (!works.isOver) await endBlockers(watcher, Number(row?.['pid']), watch.spared ?? '')
  })
  // Whether the watcher was of use is told by the work.
  await Promise.allSettled([working, watching])
  return working
}

/** Whoever came later waits behind us, so this ends. */
async function endBlockers(watcher: PostgresqlSession, pid: number, spared: string): Promise<void> {
  await watcher.query('-- wait\nSELECT pg_sleep(0.1)')
  const blockers = await watcher.query(
    `-- look who is in the way
     SELECT a.pid, a.usename FROM pg_stat_activity a
     WHERE a.pid = ANY (pg_blocking_pids($1::int4)) AND shobj_description(a.usesysid, 'pg_authid') LIKE $2
       AND shobj_description(a.usesysid, 'pg_authid') <> $3`,
    [pid, loginComment('%'), loginComment(spared)]
  )
  for (const blocker of blockers) {
    await end(watcher, Number(blocker['pid']), String(blocker['usename'])).catch((error) => {
      if (error !== ENOUGH) throw error
    })
  }
}

/** Only a member of the login may, and nobody stays one. */
function end(watcher: PostgresqlSession, pid: number, login: string): Promise<never> {
  return watcher.transaction(async () => {
    await watcher.query(`GRANT ${quoteName(login)} TO CURRENT_USER`)
    await watcher.query('-- end a session\nSELECT pg_terminate_backend($1::int4, 5000)', [pid])
    throw ENOUGH
  })
}

function isBlocked(error: unknown): boolean {
  return (
    error instanceof ProviderFailure &&
    error.cause instanceof SqlState &&
    error.cause.code === LOCK_NOT_AVAILABLE
  )
}
