import { mysqlVersionOf, quoteMysqlName, quoteMysqlText } from '../../src/contract/mysql.ts'
import type { MysqlSession } from '../../src/contract/ports.ts'
import type { Line } from './inspect-line.ts'
import type { ServerSettings } from './settings.ts'

/** Every name that the core makes for a database, and hardly any other: `_` stands for one character. */
const DATABASES = 'p____________________'

/** With them a login is the machine's, or every tenant's. */
const TOO_MUCH = ['FILE', 'SUPER', 'SHUTDOWN', 'RELOAD', 'SET USER', 'SET_USER_ID', 'BINLOG REPLAY']

interface Rights {
  /** On every database. */
  readonly everywhere: readonly string[]
  /** `database:right` of those on one. */
  readonly inside: readonly string[]
}

/** What the broker lacks, and what it has too much. */
export async function rights(session: MysqlSession, server: ServerSettings): Promise<readonly Line[]> {
  const { dialect } = await mysqlVersionOf(session)
  const [me] = await session.query(
    `SELECT CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') AS account`
  )
  const grantee = String(me?.['account'])
  const has = await rightsOf(session, grantee)
  const account = quotedAccount(grantee)
  const connectionAdmin = dialect === 'mariadb' ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN'
  const lines: Line[] = []
  for (const right of ['CREATE USER', 'PROCESS', connectionAdmin]) {
    if (has.everywhere.includes(right)) continue
    lines.push(lacking(right, `GRANT ${right} ON *.* TO ${account};`))
  }
  for (const [place, right, more] of places(server)) {
    if (has.everywhere.includes(right) || has.inside.includes(`${place}:${right}`)) continue
    const what = right === 'SELECT' ? 'SELECT' : 'ALL PRIVILEGES'
    lines.push(
      lacking(`${right} on ${place}`, `GRANT ${what} ON ${quoteMysqlName(place)}.* TO ${account}${more};`)
    )
  }
  const tooMuch = TOO_MUCH.filter((right) => has.everywhere.includes(right))
  if (tooMuch.length > 0) {
    const text = `The broker has rights that it never needs: ${tooMuch.join(', ')}.`
    lines.push({ level: 'refused', text, remedy: `REVOKE ${tooMuch.join(', ')} ON *.* FROM ${account};` })
  }
  return lines
}

/** The server tells it: in a statement to paste it is quoted anew. */
function quotedAccount(grantee: string): string {
  const [, user = '', host = ''] = /^'(.*)'@'(.*)'$/s.exec(grantee) ?? []
  return `${quoteMysqlText(user)}@${quoteMysqlText(host)}`
}

/** The last is for a right that must be given on. */
function places(server: ServerSettings): readonly (readonly [string, string, string])[] {
  return [
    ['mysql', 'SELECT', ''],
    [server.maintenanceDatabase, 'CREATE', ''],
    [DATABASES, 'CREATE', ' WITH GRANT OPTION']
  ]
}

function lacking(right: string, remedy: string): Line {
  return { level: 'refused', text: `The broker lacks ${right}.`, remedy }
}

async function rightsOf(session: MysqlSession, account: string): Promise<Rights> {
  const rows = await session.query(
    `-- look at our rights
     SELECT NULL AS place, PRIVILEGE_TYPE AS privilege FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ?
     UNION ALL SELECT TABLE_SCHEMA, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ?`,
    [account, account]
  )
  const isInside = (row: (typeof rows)[number]) => typeof row['place'] === 'string'
  return {
    everywhere: rows.filter((row) => !isInside(row)).map((row) => String(row['privilege'])),
    inside: rows.filter(isInside).map((row) => `${String(row['place'])}:${String(row['privilege'])}`)
  }
}
