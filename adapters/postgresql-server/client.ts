import type { Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { buriedText, MARK_PATTERN, markText, readBuried, readMark } from '../../src/contract/mark.ts'
import { type PostgresqlSession, SqlState } from '../../src/contract/ports.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'
import type { Room } from '../../src/contract/room.ts'
import { quoteName, quoteText } from '../../src/contract/sql.ts'

/** Connections that are never promised: the broker's own, monitoring, an administrator. */
const KEPT_FREE = 10

/** Any number that nothing else on the server uses. */
const LOCK_CLASS = 7071991

/** What stands under a resource's name. */
export interface Seen {
  readonly group?: {
    readonly oid: number
    readonly mark: Mark | undefined
    /** The mark it had before it was buried. */
    readonly buried: Mark | undefined
  }
  readonly database?: { readonly isOurs: boolean; readonly connections: number }
}

/**
 * One step at a time per name, also when the broker that began it is gone and its statement still runs. Held until the session ends.
 * Tenants cannot enter this database, so they cannot hold it.
 */
export async function holdName(session: PostgresqlSession, name: string): Promise<void> {
  await session.query(`SELECT pg_advisory_lock(hashtextextended($1, ${LOCK_CLASS}))`, [name])
}

/** Held until the transaction ends: whoever promises connections has seen what the others promised. */
export async function holdRoom(session: PostgresqlSession): Promise<void> {
  await session.query(`SELECT pg_advisory_xact_lock(${LOCK_CLASS})`)
}

export async function look(session: PostgresqlSession, name: string): Promise<Seen> {
  const [row] = await session.query(
    `-- look at the resource
     SELECT g.oid AS group_oid, shobj_description(g.oid, 'pg_authid') AS comment, d.oid AS database_oid,
            d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS is_ours, d.datconnlimit AS connections
     FROM (SELECT) AS one
     LEFT JOIN pg_roles g ON g.rolname = $1
     LEFT JOIN pg_database d ON d.datname = $1`,
    [name]
  )
  const group = row?.['group_oid']
  const database = row?.['database_oid']
  return {
    ...(typeof group === 'number' && {
      group: { oid: group, mark: readMark(row?.['comment']), buried: readBuried(row?.['comment']) }
    }),
    ...(typeof database === 'number' && {
      database: { isOurs: row?.['is_ours'] === true, connections: Number(row?.['connections']) }
    })
  }
}

export async function roomOf(
  session: PostgresqlSession,
  maxConnections = Number.MAX_SAFE_INTEGER
): Promise<Room> {
  const [row] = await session.query(
    `-- count connections
     SELECT current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4
              - coalesce(current_setting('reserved_connections', true), '0')::int4 - ${KEPT_FREE} AS capacity,
            (SELECT coalesce(sum(datconnlimit), 0)::int8 FROM pg_database WHERE datconnlimit > 0)
              + (SELECT coalesce(sum(rolconnlimit), 0)::int8 FROM pg_roles r
                 WHERE NOT rolcanlogin AND rolconnlimit > 0 AND shobj_description(oid, 'pg_authid') LIKE $1
                   AND NOT EXISTS (SELECT FROM pg_database WHERE datname = r.rolname)) AS promised`,
    [MARK_PATTERN]
  )
  if (row === undefined) throw new ProviderFailure('unexpected', 'The database server told no limits.')
  return {
    promised: numberAt(row, 'promised'),
    capacity: Math.min(numberAt(row, 'capacity'), maxConnections)
  }
}

/** Within a transaction: a group without its mark is never seen. The limit reserves the connections until the database is made. */
export async function makeGroup(
  session: PostgresqlSession,
  name: string,
  mark: Mark,
  connections: number
): Promise<void> {
  await session.query(`CREATE ROLE ${quoteName(name)} NOLOGIN CONNECTION LIMIT ${connections}`)
  await session.query(`COMMENT ON ROLE ${quoteName(name)} IS ${quoteText(markText(mark))}`)
  await session.query(`GRANT ${quoteName(name)} TO CURRENT_USER`)
}

/** Closed: it is opened when nobody but its tenant can enter. */
export async function makeDatabase(
  session: PostgresqlSession,
  name: string,
  connections: number
): Promise<void> {
  await session.query(
    `CREATE DATABASE ${quoteName(name)} TEMPLATE template0 ALLOW_CONNECTIONS false CONNECTION LIMIT ${connections}`
  )
}

/** Within a transaction. */
export async function limitConnections(
  session: PostgresqlSession,
  name: string,
  connections: number
): Promise<void> {
  await session.query(`ALTER ROLE ${quoteName(name)} CONNECTION LIMIT ${connections}`)
  await session.query(`ALTER DATABASE ${quoteName(name)} CONNECTION LIMIT ${connections}`)
}

/** Nobody may enter any more, and root may end the sessions of whoever is still in as the tenant. */
export async function closeDatabase(session: PostgresqlSession, name: string): Promise<void> {
  await session.query(`ALTER DATABASE ${quoteName(name)} ALLOW_CONNECTIONS false`)
  const users = await session.query(
    `-- look who is in
     SELECT DISTINCT usename FROM pg_stat_activity
     WHERE datname = $1 AND NOT pg_has_role(usesysid, 'USAGE') AND pg_has_role(usesysid, $1, 'MEMBER')`,
    [name]
  )
  for (const user of users) await session.query(`GRANT ${quoteName(textAt(user, 'usename'))} TO CURRENT_USER`)
}

/** False when something still depends on it. */
export async function dropGroup(session: PostgresqlSession, name: string): Promise<boolean> {
  try {
    await session.query(`DROP ROLE IF EXISTS ${quoteName(name)}`)
    return true
  } catch (error) {
    if (hasState(error, '2BP01')) return false
    throw error
  }
}

/** Its database is gone, but others grant rights to it: it keeps nothing but its name, and is no resource any more. */
export async function buryGroup(session: PostgresqlSession, name: string, mark: Mark): Promise<void> {
  await session.query(`ALTER ROLE ${quoteName(name)} CONNECTION LIMIT -1`)
  await session.query(`COMMENT ON ROLE ${quoteName(name)} IS ${quoteText(buriedText(mark))}`)
}

/** Databases where others granted something to the role; the maintenance database stands for what belongs to none. */
export async function databasesNaming(session: PostgresqlSession, oid: number): Promise<readonly string[]> {
  const rows = await session.query(
    `-- look for grants
     SELECT DISTINCT coalesce(d.datname, current_database()) AS database
     FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::oid`,
    [oid]
  )
  return rows.map((row) => textAt(row, 'database'))
}

export async function dropOwned(session: PostgresqlSession, name: string): Promise<void> {
  await session.query(`DROP OWNED BY ${quoteName(name)}`)
}

export interface PreparedTransaction {
  readonly id: string
  readonly owner: string
}

/** A prepared transaction keeps a database from being dropped. */
export async function preparedIn(
  session: PostgresqlSession,
  name: string
): Promise<readonly PreparedTransaction[]> {
  const rows = await session.query('SELECT gid, owner FROM pg_prepared_xacts WHERE database = $1', [name])
  return rows.map((row) => ({ id: textAt(row, 'gid'), owner: textAt(row, 'owner') }))
}

/** Lets root in when the tenant holds all connections, and nobody else. */
export async function letOnlyRootIn(
  session: PostgresqlSession,
  name: string,
  owners: readonly string[]
): Promise<void> {
  await session.query(`REVOKE CONNECT ON DATABASE ${quoteName(name)} FROM ${quoteName(name)}`)
  await session.query(`ALTER DATABASE ${quoteName(name)} CONNECTION LIMIT -1`)
  for (const owner of new Set(owners)) await session.query(`GRANT ${quoteName(owner)} TO CURRENT_USER`)
}

/** Inside the database: only its owner may end it. */
export async function rollBackPrepared(
  session: PostgresqlSession,
  prepared: PreparedTransaction
): Promise<void> {
  await session.query(`SET ROLE ${quoteName(prepared.owner)}`)
  await session.query(`ROLLBACK PREPARED ${quoteText(prepared.id)}`)
  await session.query('RESET ROLE')
}

export interface Group {
  readonly name: string
  readonly mark: Mark
  readonly connections: number
  readonly hasDatabase: boolean
}

export async function groupsOf(session: PostgresqlSession, broker: string): Promise<readonly Group[]> {
  const rows = await session.query(
    `-- list groups
     SELECT r.rolname, shobj_description(r.oid, 'pg_authid') AS comment, r.rolconnlimit, d.oid IS NOT NULL AS has_database
     FROM pg_roles r LEFT JOIN pg_database d ON d.datname = r.rolname
     WHERE NOT r.rolcanlogin AND shobj_description(r.oid, 'pg_authid') LIKE $1 ORDER BY r.rolname`,
    [MARK_PATTERN]
  )
  return rows.flatMap((row) => {
    const mark = readMark(row['comment'])
    if (mark?.broker !== broker) return []
    const connections = numberAt(row, 'rolconnlimit')
    return [{ name: textAt(row, 'rolname'), mark, connections, hasDatabase: row['has_database'] === true }]
  })
}

function hasState(error: unknown, code: string): boolean {
  return error instanceof ProviderFailure && error.cause instanceof SqlState && error.cause.code === code
}
