import type { Finding } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { mysqlVersionOf } from '../../src/contract/mysql.ts'
import type { Call, MysqlSession } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import { allMarked, roomOf } from './client.ts'
import { strangers } from './inspect-accounts.ts'
import type { Line } from './inspect-line.ts'
import { rights } from './inspect-rights.ts'
import { lasting } from './lasting.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

type Look = (session: MysqlSession, server: ServerSettings) => Promise<readonly Line[]>

/** What tenants who share a server must not be able to use against each other, one look each. */
const LOOKS: readonly Look[] = [
  version,
  rights,
  strangers,
  settings,
  hashes,
  preparedTransactions,
  connections,
  storage
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
    return await call.mysql(accessTo(server), async (session) => {
      const lines: Line[] = []
      for (const look of LOOKS) lines.push(...(await orLacking(lines, look(session, server))))
      return lines
    })
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return [{ level: 'refused', text: error.message }]
  }
}

/** What cannot be seen for a right that is already said to be lacking. */
async function orLacking(
  lines: readonly Line[],
  looking: Promise<readonly Line[]>
): Promise<readonly Line[]> {
  try {
    return await looking
  } catch (error) {
    const isKnown = lines.some((line) => line.level === 'refused')
    if (isKnown && error instanceof ProviderFailure && error.kind === 'denied') return []
    throw error
  }
}

async function version(session: MysqlSession): Promise<readonly Line[]> {
  const { dialect, text, fits } = await mysqlVersionOf(session)
  const name = `${dialect === 'mariadb' ? 'MariaDB' : 'MySQL'} ${text}`
  if (fits) return [{ level: 'ok', text: name }]
  const remedy = 'Upgrade the server.'
  return [{ level: 'refused', text: `${name} is older than MariaDB 10.6 or MySQL 8.0.17.`, remedy }]
}

/** Settings that only an administrator can change. */
async function settings(session: MysqlSession): Promise<readonly Line[]> {
  const { dialect } = await mysqlVersionOf(session)
  const [row] = await session.query(
    `-- look at settings
     SELECT @@local_infile AS lends_files, @@secure_file_priv AS file_folder, @@skip_name_resolve AS skips_names,
            @@log_bin AS is_logged, @@log_bin_trust_function_creators AS trusts`
  )
  // Not every version knows it, and one that does not would refuse to name it.
  const [links] = await session.query(`-- look at links\n SHOW VARIABLES LIKE 'have_symlink'`)
  const lines: Line[] = []
  if (row?.['lends_files'] !== 0) {
    const text = 'LOAD DATA LOCAL is on: whoever an application is made to connect to may ask for its files.'
    lines.push({ level: 'warning', text, remedy: lasting(dialect, 'local_infile', 0) })
  }
  if (links?.['Value'] === 'YES') {
    const text = 'A tenant may keep a table in any folder that the server can write to (DATA DIRECTORY).'
    const remedy = 'In the file of the server: symbolic-links = OFF; then restart.'
    lines.push({ level: 'warning', text, remedy })
  }
  if (row?.['file_folder'] === '') {
    const text = 'Whoever has the right FILE reads and writes wherever the server can: no tenant has it.'
    const remedy = 'In the file of the server: secure_file_priv = /var/lib/mysql-files; then restart.'
    lines.push({ level: 'warning', text, remedy })
  }
  if (row?.['skips_names'] === 0) {
    const text = 'The server looks up a name for every login: a slow DNS makes logins slow.'
    const remedy = 'In the file of the server: skip_name_resolve = ON; then restart.'
    lines.push({ level: 'warning', text, remedy })
  }
  if (row?.['is_logged'] === 1 && row['trusts'] === 0) {
    const text = 'With the binary log on, tenants can make no functions and no triggers.'
    lines.push({ level: 'warning', text, remedy: lasting(dialect, 'log_bin_trust_function_creators', 1) })
  }
  return lines
}

/** A plugin that judges passwords wants to see them; the broker hands over hashes. */
async function hashes(session: MysqlSession): Promise<readonly Line[]> {
  const [row] = await session.query("SHOW GLOBAL VARIABLES LIKE 'strict_password_validation'")
  if (row?.['Value'] !== 'ON') return []
  const judges = await session.query(
    `-- look for judges of passwords
     SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS
     WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'`
  )
  return judges.map((judge) => ({
    level: 'refused',
    text: `The plugin ${textAt(judge, 'name')} refuses passwords as hashes, so no binding can be made.`,
    // MySQL has no such setting.
    remedy: lasting('mariadb', 'strict_password_validation', 'OFF')
  }))
}

/** MySQL tells them only to who has a right that the broker does not need. */
async function preparedTransactions(session: MysqlSession): Promise<readonly Line[]> {
  const { dialect } = await mysqlVersionOf(session)
  if (dialect !== 'mariadb') return []
  const rows = await session.query("XA RECOVER FORMAT = 'SQL'")
  const text =
    'A prepared transaction holds its locks until somebody ends it, also when its database is to be dropped.'
  return rows.map((row) => {
    const xid = textAt(row, 'data')
    return { level: 'warning', text, ...(XID.test(xid) && { remedy: `XA ROLLBACK ${xid};` }) }
  })
}

/** As MariaDB quotes one. */
const XID = /^X?'[^'\\\p{Cc}]*'(,X?'[^'\\\p{Cc}]*'(,\d+)?)?$/u

async function connections(session: MysqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const { promised, capacity } = await roomOf(session, server)
  const text = `${promised} of ${capacity} connections are promised.`
  if (promised <= capacity) return [{ level: 'ok', text }]
  const { dialect } = await mysqlVersionOf(session)
  const [row] = await session.query('SELECT @@max_connections AS many')
  const enough = Number(row?.['many']) + promised - capacity
  return [{ level: 'refused', text, remedy: lasting(dialect, 'max_connections', enough) }]
}

async function storage(session: MysqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const names = (await allMarked(session, server)).map((each) => each.name)
  if (names.length === 0) return []
  const rows = await session.query(
    `-- look at sizes
     SELECT s.SCHEMA_NAME AS name, ROUND(COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), 0) / 1048576) AS megabytes
     FROM information_schema.SCHEMATA s LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME
     WHERE s.SCHEMA_NAME IN (?) GROUP BY s.SCHEMA_NAME ORDER BY s.SCHEMA_NAME`,
    [names]
  )
  return rows.map((row) => ({
    level: 'ok',
    text: `database ${textAt(row, 'name')}: ${String(row['megabytes'])} MB`
  }))
}
