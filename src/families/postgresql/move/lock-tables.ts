import { ProviderFailure } from '../../../contract/errors.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { STATE, stateOf } from '../sql-state.ts'

const ROUNDS = 5
const SHOWN = 3

interface Table {
  readonly oid: number
  /** Quoted, with its schema. */
  readonly name: string
  readonly isLockable: boolean
}

interface LockLimits {
  /** For one table. */
  readonly table: string
  /** For all of them. */
  readonly all: string
}

/**
 * Shorter than the second after which PostgreSQL looks for deadlocks: whoever waits behind one of our locks, while we wait for one of
 * theirs, is not the one that is ended.
 */
const POLITE: LockLimits = { table: '250ms', all: '900ms' }
const FIRM: LockLimits = { table: '5s', all: '15s' }

/** Every lock at once, or none: those who are at work finish their transaction first, if that is soon. */
export async function lockPolitely(session: PostgresqlSession): Promise<boolean> {
  const tables = await tablesOf(session)
  refuseUnlockable(tables)
  await session.query('BEGIN')
  try {
    await lock(session, tables, POLITE)
    return true
  } catch (error) {
    await session.query('ROLLBACK')
    if (!(error instanceof ProviderFailure)) throw error
    return false
  }
}

/** In the transaction that is open when `isBegun`. Answers the OIDs of all tables, every one of them locked. */
export async function lockFirmly(session: PostgresqlSession, isBegun: boolean): Promise<readonly number[]> {
  if (!isBegun) await session.query('BEGIN')
  for (let round = 0; round < ROUNDS; round += 1) {
    const tables = await tablesOf(session)
    refuseUnlockable(tables)
    const held = await lockedOf(session)
    const missing = tables.filter(({ oid }) => !held.has(oid))
    if (missing.length === 0) return tables.map(({ oid }) => oid)
    await lock(session, missing, FIRM).catch(refused)
  }
  throw new ProviderFailure('unavailable', 'Somebody makes tables at the source although it is shut.')
}

/** Throws unless exactly these tables are there, and locked. */
export async function checkLocks(session: PostgresqlSession, oids: readonly number[]): Promise<void> {
  const held = await lockedOf(session)
  const tables = await tablesOf(session)
  const isAsBefore = tables.length === oids.length && tables.every(({ oid }) => oids.includes(oid))
  if (isAsBefore && oids.every((oid) => held.has(oid))) return
  throw new ProviderFailure(
    'unavailable',
    'The tables of the source are not locked any more, or others are there.'
  )
}

/** Nobody is in any more but superusers, and a vacuum that may not be disturbed. */
function refused(error: unknown): never {
  const state = stateOf(error)
  if (state !== STATE.lockNotAvailable && state !== STATE.queryCanceled) throw error
  throw new ProviderFailure(
    'unavailable',
    'A table is held by somebody who cannot be ended: a superuser, or a vacuum against wraparound.',
    { cause: error }
  )
}

async function lock(session: PostgresqlSession, tables: readonly Table[], limits: LockLimits): Promise<void> {
  if (tables.length === 0) return
  await session.query(`SET LOCAL lock_timeout = '${limits.table}'`)
  await session.query(`SET LOCAL statement_timeout = '${limits.all}'`)
  await session.query(`LOCK TABLE ${tables.map(({ name }) => `ONLY ${name}`).join(', ')} IN EXCLUSIVE MODE`)
  await session.query('SET LOCAL statement_timeout = 0')
}

/** What can be locked: neither matviews nor foreign tables can. A table of an extension belongs to the server's owner. */
async function tablesOf(session: PostgresqlSession): Promise<readonly Table[]> {
  const rows = await session.query(
    `-- look for tables
     SELECT c.oid, n.nspname AS schema, c.relname AS name,
            has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS lockable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND (has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') OR NOT EXISTS (
         SELECT FROM pg_depend e
         WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))
     ORDER BY c.oid`
  )
  return rows.map((row) => ({
    oid: Number(row['oid']),
    name: `${quoteName(String(row['schema']))}.${quoteName(String(row['name']))}`,
    isLockable: row['lockable'] === true
  }))
}

async function lockedOf(session: PostgresqlSession): Promise<ReadonlySet<number>> {
  const rows = await session.query(
    `-- look at our locks
     SELECT relation FROM pg_locks
     WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode = 'ExclusiveLock' AND granted`
  )
  return new Set(rows.map((row) => Number(row['relation'])))
}

function refuseUnlockable(tables: readonly Table[]): void {
  const closed = tables.filter(({ isLockable }) => !isLockable).map(({ name }) => name)
  if (closed.length === 0) return
  const more = closed.length > SHOWN ? ` and ${closed.length - SHOWN} more` : ''
  throw new ProviderFailure(
    'denied',
    `Tables cannot be locked, because nobody of this instance has the right to write to them: ${closed.slice(0, SHOWN).join(', ')}${more}.`
  )
}
