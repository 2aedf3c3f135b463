import { ProviderFailure } from '../../contract/errors.ts'
import type { PostgresqlSession } from '../../contract/ports.ts'
import { quoteName } from '../../contract/sql.ts'
import { type Place, pressOutside } from './place.ts'
import { retried, STATE, stateOf } from './sql-state.ts'

const ROUNDS = 12

/** Thrown to roll a rehearsal back. */
const REHEARSED = new Error('rehearsed')

/** The OID of a login that carries our comment, or `undefined` when there surely is none. */
export async function findLogin(
  session: PostgresqlSession,
  name: string,
  comment: string
): Promise<number | undefined> {
  const seen = await oidOf(session, name, comment)
  if (seen !== undefined) return seen
  await waitForMaker(session, name)
  return oidOf(session, name, comment)
}

/** From here on nobody acts as this login: it cannot log in, has no rights, and its sessions are over. */
export async function lockOut(place: Place, name: string, oid: number): Promise<void> {
  const session = place.outside
  const role = quoteName(name)
  // It may be changing its own password, and never commit.
  await pressOutside(place, () =>
    retried(session, () => session.query(`ALTER ROLE ${role} NOLOGIN PASSWORD NULL`))
  )
  for (const group of await groupsOf(session, oid)) {
    await retried(session, () => session.query(`REVOKE ${quoteName(group)} FROM ${role}`))
  }
  // Only a member may end its sessions and hand over what it owns.
  await retried(session, () => session.query(`GRANT ${role} TO CURRENT_USER`))
  await endSessions(session, oid)
}

/** A session that was logging in meanwhile shows up late, hence two empty looks, one second apart. */
async function endSessions(session: PostgresqlSession, oid: number): Promise<void> {
  let emptyLooks = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const ended = await session.query(
      `-- end sessions
       SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE usesysid = $1::oid`,
      [oid]
    )
    emptyLooks = ended.length === 0 ? emptyLooks + 1 : 0
    if (emptyLooks === 2) return
    if (emptyLooks === 1) await session.query('-- wait\nSELECT pg_sleep(1)')
  }
  throw new ProviderFailure('unavailable', 'Sessions of the login have not ended yet.')
}

async function oidOf(session: PostgresqlSession, name: string, comment: string): Promise<number | undefined> {
  const [row] = await session.query(
    `SELECT oid FROM pg_roles WHERE rolname = $1 AND shobj_description(oid, 'pg_authid') = $2`,
    [name, comment]
  )
  return row === undefined ? undefined : Number(row['oid'])
}

async function groupsOf(session: PostgresqlSession, oid: number): Promise<string[]> {
  const rows = await session.query(
    `SELECT DISTINCT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = $1::oid`,
    [oid]
  )
  return rows.map((row) => String(row['rolname']))
}

/**
 * A bind whose broker died may be committing at this moment. Making the same role waits for that transaction, because two roles cannot
 * have one name; then it is rolled back. No lock is used that a tenant could hold.
 */
async function waitForMaker(session: PostgresqlSession, name: string): Promise<void> {
  try {
    await session.transaction(async () => {
      await session.query(`CREATE ROLE ${quoteName(name)} NOLOGIN`)
      throw REHEARSED
    })
  } catch (error) {
    if (error === REHEARSED) return
    const state = stateOf(error)
    if (state !== STATE.duplicateObject && state !== STATE.uniqueViolation) throw error
  }
}
