import { ProviderFailure } from '../../../contract/errors.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import type { Place } from '../place.ts'

const ROUNDS = 50
const STARTING_ROUNDS = 100

/** Thrown to roll back. */
const ENOUGH = new Error('enough')

/** Whoever is in the database and is neither root nor one of our throwaway logins. */
export interface ForeignSession {
  readonly pid: number
  /** Absent: its role has been dropped. */
  readonly role?: string
  readonly isSuperuser: boolean
  /** Root may end it as it is. */
  readonly isOurs: boolean
}

/**
 * Ends every foreign session, and answers those that only a superuser could end: they are told, the locks hold them. The database must be
 * shut. Nothing else of a tenant outlives this, not even a session that was logging in meanwhile.
 */
export async function endForeignSessions(place: Place, ours: string): Promise<readonly ForeignSession[]> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await foreignSessions(place, ours)
    const ending = found.filter(({ isSuperuser }) => !isSuperuser)
    if (ending.length === 0) return found
    for (const session of ending) await endSession(place.outside, session)
    await place.outside.query('-- wait\nSELECT pg_sleep(0.02)')
  }
  throw new ProviderFailure('unavailable', 'Sessions in the database have not ended yet.')
}

/** Also whoever is logging in at this moment: waited for until it is refused, or in. */
export async function foreignSessions(
  { outside, access }: Place,
  ours: string
): Promise<readonly ForeignSession[]> {
  await letComersFinish(outside, access.database)
  const rows = await outside.query(
    `-- look who is in
     SELECT a.pid, r.rolname, coalesce(r.rolsuper, false) AS super,
            coalesce(pg_has_role(r.oid, 'USAGE'), false) OR pg_has_role('pg_signal_backend', 'USAGE') AS ours
     FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
     WHERE a.datname = $1 AND a.usesysid IS NOT NULL
       AND r.rolname IS DISTINCT FROM $2 AND r.rolname IS DISTINCT FROM current_user`,
    [access.database, ours]
  )
  return rows.map((row) => ({
    pid: Number(row['pid']),
    ...(typeof row['rolname'] === 'string' && { role: row['rolname'] }),
    isSuperuser: row['super'] === true,
    isOurs: row['ours'] === true
  }))
}

/**
 * A session that logs in is no session yet in the statistics, but from before the server looks whether it may enter until after it is a
 * session there, it holds a lock on the database's name. So whoever is in neither of two looks, this one first, is not there.
 */
async function letComersFinish(outside: PostgresqlSession, database: string): Promise<void> {
  for (let round = 0; round < STARTING_ROUNDS; round += 1) {
    const comers = await outside.query(
      `-- look who is logging in
       SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
       WHERE l.locktype = 'object' AND l.database = 0 AND l.classid = 'pg_database'::regclass
         AND l.mode = 'RowExclusiveLock' AND d.datname = $1`,
      [database]
    )
    if (comers.length === 0) return
    await outside.query('-- wait\nSELECT pg_sleep(0.02)')
  }
  throw new ProviderFailure('unavailable', 'Somebody has been logging in for too long.')
}

/** Only a member of its role may, and nobody stays one. */
async function endSession(outside: PostgresqlSession, session: ForeignSession): Promise<void> {
  const end = () => outside.query('-- end a session\nSELECT pg_terminate_backend($1::int4)', [session.pid])
  try {
    if (session.isOurs) {
      await end()
      return
    }
    await outside.transaction(async () => {
      await outside.query(`GRANT ${quoteName(session.role ?? '')} TO CURRENT_USER`)
      await end()
      throw ENOUGH
    })
  } catch (error) {
    if (error === ENOUGH) return
    if (!(error instanceof ProviderFailure) || error.kind !== 'denied') throw error
    const whose = session.role === undefined ? 'a role that has been dropped' : `the role ${session.role}`
    throw new ProviderFailure('denied', `A session of ${whose} is in the database, and may not be ended.`, {
      cause: error
    })
  }
}
