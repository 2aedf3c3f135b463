import { createHash } from 'node:crypto'
import type { Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { markText, readMark } from '../../src/contract/mark.ts'
import { accountOf, mysqlErrorOf, quoteMysqlName } from '../../src/contract/mysql.ts'
import type { MysqlSession } from '../../src/contract/ports.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'
import type { Room } from '../../src/contract/room.ts'
import type { ServerSettings } from './settings.ts'

/** Connections that are never promised: the broker's own, monitoring, an administrator. */
const KEPT_FREE = 10

const PATIENCE_SECONDS = 20

const UNKNOWN_DATABASE = 1049
const LOCK_WAIT_TIMEOUT = 1205
const NO_SUCH_TABLE = 1146

/** No resource has an empty name: this row is only for being locked. */
const EVERYBODY = ''

/** What stands under a resource's name. */
export interface Seen {
  readonly row?: {
    /** `undefined` when it holds none. */
    readonly mark: Mark | undefined
    readonly connections: number
  }
  readonly hasDatabase: boolean
}

/** A database of a server has no comment that its tenant could not change, so whose it is stands in a table where no tenant has a right. */
function table({ maintenanceDatabase }: ServerSettings): string {
  return `${quoteMysqlName(maintenanceDatabase)}.resources`
}

export async function makeTable(session: MysqlSession, server: ServerSettings): Promise<void> {
  await session.query(`CREATE DATABASE IF NOT EXISTS ${quoteMysqlName(server.maintenanceDatabase)}`)
  await session.query(
    `CREATE TABLE IF NOT EXISTS ${table(server)} (
       name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
       mark TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
       connections INT UNSIGNED NOT NULL
     ) ENGINE = InnoDB`
  )
  await session.query(`INSERT IGNORE INTO ${table(server)} (name, mark, connections) VALUES (?, '', 0)`, [
    EVERYBODY
  ])
}

/**
 * One step at a time per resource, also when the broker that began it is gone and its statement still runs. Held until the session ends.
 * Everybody on a server may take a lock of any name, so this one has a name that tenants do not know: it is made of the mark.
 */
export async function holdName(session: MysqlSession, mark: Mark): Promise<void> {
  const name = createHash('sha256').update(markText(mark)).digest('hex').slice(0, 60)
  const [row] = await session.query(`-- hold the name\nSELECT GET_LOCK(?, ${PATIENCE_SECONDS}) AS held`, [
    name
  ])
  if (row?.['held'] === 1) return
  throw new ProviderFailure('unavailable', 'Another step of this instance is still under way.')
}

/** Held until COMMIT: whoever promises connections has seen what the others promised. */
export async function holdRoom(session: MysqlSession, server: ServerSettings): Promise<void> {
  await session.query(`-- hold the room\nSELECT name FROM ${table(server)} WHERE name = ? FOR UPDATE`, [
    EVERYBODY
  ])
}

/** What throws out of it leaves the session, which then ends and is rolled back. */
export async function inTransaction<T>(session: MysqlSession, use: () => Promise<T>): Promise<T> {
  await session.query('START TRANSACTION')
  const result = await use()
  await session.query('COMMIT')
  return result
}

export async function look(session: MysqlSession, server: ServerSettings, name: string): Promise<Seen> {
  const [database] = await session.query(
    `-- look at the database
     SELECT COUNT(*) AS found FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?`,
    [name]
  )
  const [row] = await orNone(
    session.query(`-- look at the mark\nSELECT mark, connections FROM ${table(server)} WHERE name = ?`, [
      name
    ])
  )
  return {
    ...(row !== undefined && {
      row: { mark: readMark(row['mark']), connections: numberAt(row, 'connections') }
    }),
    hasDatabase: database?.['found'] === 1
  }
}

export async function roomOf(session: MysqlSession, server: ServerSettings): Promise<Room> {
  const [most] = await session.query(
    `-- count connections\nSELECT @@max_connections - ${KEPT_FREE} AS capacity`
  )
  const [sum] = await orNone(
    session.query(
      `-- sum connections\nSELECT COALESCE(SUM(connections), 0) AS promised FROM ${table(server)}`
    )
  )
  const capacity = Number(most?.['capacity'])
  return {
    promised: Number(sum?.['promised'] ?? 0),
    capacity: Math.min(capacity, server.maxConnections ?? capacity)
  }
}

export async function insertMark(
  session: MysqlSession,
  server: ServerSettings,
  resource: { readonly name: string; readonly mark: Mark; readonly connections: number }
): Promise<void> {
  const { name, mark, connections } = resource
  await session.query(`INSERT INTO ${table(server)} (name, mark, connections) VALUES (?, ?, ?)`, [
    name,
    markText(mark),
    connections
  ])
}

export async function setConnections(
  session: MysqlSession,
  server: ServerSettings,
  name: string,
  connections: number
): Promise<void> {
  await session.query(`UPDATE ${table(server)} SET connections = ? WHERE name = ?`, [connections, name])
}

export async function deleteMark(session: MysqlSession, server: ServerSettings, name: string): Promise<void> {
  await session.query(`DELETE FROM ${table(server)} WHERE name = ?`, [name])
}

export async function makeDatabase(session: MysqlSession, name: string): Promise<void> {
  await session.query(`CREATE DATABASE ${quoteMysqlName(name)} CHARACTER SET utf8mb4`)
}

/**
 * A prepared transaction (XA) outlives its session and its account, with its locks, and a server does not tell whose it is or what it
 * holds. To end any would end a neighbour's, so that is left to the operator.
 */
export async function dropDatabase(session: MysqlSession, name: string): Promise<void> {
  try {
    await session.query(`DROP DATABASE IF EXISTS ${quoteMysqlName(name)}`)
  } catch (error) {
    if (mysqlErrorOf(error) !== LOCK_WAIT_TIMEOUT) throw error
    const text =
      "The database is held by a prepared transaction (XA) or by an administrator's session: the operator of the Service Broker has to look."
    throw new ProviderFailure('unavailable', text, { cause: error })
  }
}

export async function limitLogin(session: MysqlSession, name: string, connections: number): Promise<void> {
  await session.query(`ALTER USER ${accountOf(name)} WITH MAX_USER_CONNECTIONS ${connections}`)
}

export interface Marked {
  readonly name: string
  readonly mark: Mark
  readonly connections: number
  readonly hasDatabase: boolean
}

/** Of every broker that uses this server. */
export async function allMarked(session: MysqlSession, server: ServerSettings): Promise<readonly Marked[]> {
  const rows = await orNone(
    session.query(
      `-- list resources
       SELECT r.name, r.mark, r.connections, s.SCHEMA_NAME IS NOT NULL AS has_database
       FROM ${table(server)} r LEFT JOIN information_schema.SCHEMATA s ON s.SCHEMA_NAME = r.name ORDER BY r.name`
    )
  )
  return rows.flatMap((row) => {
    const mark = readMark(row['mark'])
    if (mark === undefined) return []
    const connections = numberAt(row, 'connections')
    return [{ name: textAt(row, 'name'), mark, connections, hasDatabase: row['has_database'] === 1 }]
  })
}

/** A server that never held a database of ours has no table yet. */
async function orNone<T>(asking: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asking
  } catch (error) {
    const code = mysqlErrorOf(error)
    if (code === NO_SUCH_TABLE || code === UNKNOWN_DATABASE) return []
    throw error
  }
}
