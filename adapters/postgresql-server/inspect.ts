import type { Finding } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { DISK_FULL } from '../../src/contract/full-disk.ts'
import { BURIED_PATTERN, loginComment, MARK_PATTERN } from '../../src/contract/mark.ts'
import { type Call, type PostgresqlSession, SqlState } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import { quoteName } from '../../src/contract/sql.ts'
import { roomOf } from './client.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

type Look = (session: PostgresqlSession, server: ServerSettings) => Promise<readonly Line[]>
type Line = Omit<Finding, 'subject'>

/** What tenants who share a server must not be able to use against each other, one look each. */
const LOOKS: readonly Look[] = [
  version,
  root,
  publicConnect,
  admission,
  preparedTransactions,
  temporaryFiles,
  connections,
  storage,
  leftovers
]

/** Every hole of a shared server that can be closed, with the statement that closes it. */
export async function inspect(servers: readonly ServerSettings[], call: Call): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const server of servers) {
    const subject = `server ${server.name}`
    for (const line of await inspectServer(server, call)) findings.push({ subject, ...line })
  }
  return findings
}

async function inspectServer(server: ServerSettings, call: Call): Promise<readonly Line[]> {
  try {
    return await call.postgresql(accessTo(server), async (session) => {
      const lines: Line[] = []
      for (const look of LOOKS) lines.push(...(await look(session, server)))
      return lines
    })
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return [refusal(error)]
  }
}

/** A full disk looks like a refused login, and is mended by nothing that has to do with logins. */
function refusal(error: ProviderFailure): Line {
  const line = { level: 'refused', text: error.message } as const
  const isFull = error.cause instanceof SqlState && error.cause.code === DISK_FULL
  return isFull ? { ...line, remedy: 'Make room on its disk: work that waits goes on by itself.' } : line
}

async function version(session: PostgresqlSession): Promise<readonly Line[]> {
  const [row] = await session.query(
    `SELECT current_setting('server_version') AS name, current_setting('server_version_num')::int4 >= 150000 AS fits`
  )
  const text = `PostgreSQL ${String(row?.['name'])}`
  if (row?.['fits'] === true) return [{ level: 'ok', text }]
  return [{ level: 'refused', text: `${text} is older than 15.`, remedy: 'Upgrade the server.' }]
}

async function root(session: PostgresqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const [row] = await session.query(
    'SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user'
  )
  const name = quoteName(server.user)
  const lines: Line[] = []
  if (row?.['rolsuper'] === true) {
    const text = 'The broker is a superuser: whatever a tenant gets it to run would own the machine.'
    lines.push({ level: 'refused', text, remedy: `ALTER ROLE ${name} NOSUPERUSER CREATEDB CREATEROLE;` })
  }
  for (const [column, right] of [
    ['rolcreatedb', 'CREATEDB'],
    ['rolcreaterole', 'CREATEROLE']
  ] as const) {
    if (row?.[column] === true) continue
    lines.push({
      level: 'refused',
      text: `The broker lacks ${right}.`,
      remedy: `ALTER ROLE ${name} ${right};`
    })
  }
  return lines
}

async function publicConnect(session: PostgresqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const rows = await session.query(
    `SELECT datname FROM pg_database WHERE datallowconn AND has_database_privilege('public', oid, 'CONNECT') ORDER BY datname`
  )
  if (rows.length === 0) return []
  const names = rows.map((row) => quoteName(textAt(row, 'datname'))).join(', ')
  const remedy =
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${names} FROM PUBLIC; ` +
    `GRANT CONNECT ON DATABASE ${quoteName(server.maintenanceDatabase)} TO ${quoteName(server.user)};`
  return [{ level: 'refused', text: `Every tenant may enter ${names}.`, remedy }]
}

/** Only a superuser sees the rules, unless it let the broker. */
async function admission(session: PostgresqlSession): Promise<readonly Line[]> {
  const [right] = await session.query(
    `SELECT has_table_privilege('pg_hba_file_rules', 'SELECT') AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE') AS seen`
  )
  if (right?.['seen'] !== true) {
    const text = 'pg_hba.conf cannot be seen from here; the broker itself is asked for SCRAM-SHA-256.'
    return [{ level: 'ok', text }]
  }
  const rows = await session.query(
    `SELECT line_number, type, auth_method FROM pg_hba_file_rules
     WHERE auth_method = 'trust' OR (type <> 'local' AND auth_method NOT IN ('scram-sha-256', 'reject', 'cert'))`
  )
  return rows.map((row) => ({
    level: 'refused',
    text: `Line ${String(row['line_number'])} of pg_hba.conf lets in by ${String(row['auth_method'])}.`,
    remedy: 'In pg_hba.conf: host all all all scram-sha-256; then SELECT pg_reload_conf();'
  }))
}

async function preparedTransactions(session: PostgresqlSession): Promise<readonly Line[]> {
  const [row] = await session.query(`SELECT current_setting('max_prepared_transactions') AS many`)
  if (row?.['many'] === '0') return []
  const text = 'Prepared transactions are on: one keeps its locks for ever.'
  return [{ level: 'refused', text, remedy: 'ALTER SYSTEM SET max_prepared_transactions = 0; then restart.' }]
}

async function temporaryFiles(session: PostgresqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const [row] = await session.query(
    `SELECT has_parameter_privilege(current_user, 'temp_file_limit', 'SET') AS granted`
  )
  if (row?.['granted'] === true) return []
  const text = 'The broker may not limit temporary files: one query of one tenant can fill the disk.'
  const remedy = `GRANT SET ON PARAMETER temp_file_limit TO ${quoteName(server.user)};`
  return [{ level: 'refused', text, remedy }]
}

async function connections(session: PostgresqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const { promised, capacity } = await roomOf(session, server.maxConnections)
  const text = `${promised} of ${capacity} connections are promised.`
  if (promised <= capacity) return [{ level: 'ok', text }]
  const [row] = await session.query(`SELECT current_setting('max_connections')::int4 AS many`)
  const enough = Number(row?.['many']) + promised - capacity
  return [{ level: 'refused', text, remedy: `ALTER SYSTEM SET max_connections = ${enough}; then restart.` }]
}

async function storage(session: PostgresqlSession): Promise<readonly Line[]> {
  const rows = await session.query(
    `SELECT d.datname, pg_size_pretty(pg_database_size(d.oid)) AS size
     FROM pg_database d JOIN pg_roles r ON r.rolname = d.datname
     WHERE shobj_description(r.oid, 'pg_authid') LIKE $1 AND pg_has_role(d.datdba, 'USAGE') ORDER BY d.datname`,
    [MARK_PATTERN]
  )
  return rows.map((row) => ({
    level: 'ok',
    text: `database ${textAt(row, 'datname')}: ${textAt(row, 'size')}`
  }))
}

/** Roles of what is gone, which other tenants kept by granting rights to them. A login that a switch has closed is still a member of its group. */
async function leftovers(session: PostgresqlSession): Promise<readonly Line[]> {
  const rows = await session.query(
    `-- look at leftovers
     SELECT r.rolname, d.datname FROM pg_roles r
     LEFT JOIN pg_shdepend s ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.dbid <> 0
     LEFT JOIN pg_database d ON d.oid = s.dbid
     WHERE NOT r.rolcanlogin AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
       AND (shobj_description(r.oid, 'pg_authid') LIKE $1 OR shobj_description(r.oid, 'pg_authid') LIKE $2)
     GROUP BY r.rolname, d.datname ORDER BY r.rolname, d.datname LIMIT 100`,
    [loginComment('%'), BURIED_PATTERN]
  )
  return rows.map((row): Line => {
    const role = quoteName(textAt(row, 'rolname'))
    const text = `The role ${role} has no use any more.`
    if (typeof row['datname'] !== 'string') return { level: 'warning', text, remedy: `DROP ROLE ${role};` }
    const database = quoteName(row['datname'])
    const remedy = `In ${database}, whose tenant grants rights to it: DROP OWNED BY ${role}; DROP ROLE ${role};`
    return { level: 'warning', text, remedy }
  })
}
