import knex from 'knex'
import { openPostgres } from './postgres.ts'
import type { Database } from './session.ts'
import { openSqlite } from './sqlite.ts'

export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** The types that the store's tables use: whole numbers become numbers, everything else stays text. */
const types = {
  getTypeParser: (oid: number) => (oid === 20 || oid === 23 ? Number : (text: string) => text)
}

/** A server that swallows everything is told from one that is slow. */
const CONNECT_MS = 10_000

/** Whatever it would print is thrown as well. */
const log = { warn() {}, error() {}, deprecate() {}, debug() {} }

/**
 * A process that is stopped in the middle of a transaction (a paused machine) holds what it has locked. Longer than the longest that a
 * transaction of ours waits for: the last look at the freeze, within the commit of a cut-over.
 */
const IDLE_MS = 30_000

/** One address → one database. `clock` (milliseconds) is SQLite's time; on PostgreSQL only tests give one, or another `idleMs`. */
export async function openDatabase(
  address: StoreAddress,
  clock?: () => number,
  idleMs = IDLE_MS
): Promise<Database> {
  if (address.kind === 'postgres') {
    const pool = knex({
      client: 'pg',
      log,
      connection: {
        connectionString: address.url,
        types,
        application_name: 'portolan',
        connectionTimeoutMillis: CONNECT_MS,
        idle_in_transaction_session_timeout: idleMs
      } as object,
      pool: { min: 0, max: 12 }
    })
    return openPostgres(pool, clock)
  }
  const pool = knex({
    client: 'sqlite3',
    log,
    connection: { filename: address.path },
    useNullAsDefault: true,
    pool: {
      min: 0,
      max: 3,
      afterCreate: (connection: Executes, done: Prepared) => prepareSqlite(connection, done)
    }
  })
  return openSqlite(pool, clock ?? Date.now)
}

type Executes = { exec(sql: string, done: (error: Error | null) => void): void }
type Prepared = (error: Error | null, connection: unknown) => void

/** FULL: a commit that was answered has reached the disk. A checkpoint, which waits for the disk twice, comes every 32 MB. */
const PRAGMAS = `
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA cache_size = -32768;
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
`

const TRIES = 50
const BETWEEN_TRIES_MS = 100

/** Switching a new file to WAL needs it alone and does not wait: two that open it at once take turns. */
function prepareSqlite(connection: Executes, done: Prepared, tries = TRIES): void {
  connection.exec(PRAGMAS, (error) => {
    const isBusy = (error as { code?: unknown } | null)?.code === 'SQLITE_BUSY'
    if (!isBusy || tries <= 1) return done(error, connection)
    setTimeout(() => prepareSqlite(connection, done, tries - 1), BETWEEN_TRIES_MS)
  })
}
