import { ProviderFailure } from './errors.ts'
import { MysqlError, type MysqlSession } from './ports.ts'

/** Quoting for statements of MySQL and MariaDB that take no values: CREATE, ALTER, GRANT. The port pins how they are read. */

/** An identifier, always in quotes. */
export function quoteMysqlName(name: string): string {
  return `\`${refuseNul(name).replaceAll('`', '``')}\``
}

export function quoteMysqlText(text: string): string {
  return `'${refuseNul(text).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** A database as GRANT keeps it: there `_` and `%` stand for others too, so that rights on `i_1` would open `ix1`. */
export function grantedName(database: string): string {
  return database.replaceAll(/[\\_%]/g, '\\$&')
}

const LOGIN = /^b[a-z2-7]{20}$/

/**
 * A binding's account. Whoever may make accounts may change every account of the server, so ours are the only names that are ever
 * written into such a statement.
 */
export function accountOf(name: string): string {
  if (!LOGIN.test(name)) throw new TypeError('not the name of a binding')
  return `'${name}'@'%'`
}

function refuseNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('no NUL in SQL')
  return text
}

/** The server's own number of a refused statement; `undefined` for any other error. */
export function mysqlErrorOf(error: unknown): number | undefined {
  if (!(error instanceof ProviderFailure)) return undefined
  return error.cause instanceof MysqlError ? error.cause.code : undefined
}

export interface MysqlVersion {
  readonly dialect: 'mariadb' | 'mysql'
  /** As the server tells it. */
  readonly text: string
  /** Whether accounts can be locked and passwords given as hashes: MariaDB 10.6, MySQL 8.0.17. */
  readonly fits: boolean
}

function readMysqlVersion(text: string): MysqlVersion {
  const dialect = /mariadb/i.test(text) ? 'mariadb' : 'mysql'
  // MariaDB once told to be a MySQL 5.5.5 first.
  const [, ...numbers] = /(\d+)\.(\d+)\.(\d+)/.exec(text.replace(/^5\.5\.5-/, '')) ?? []
  const oldest = dialect === 'mariadb' ? [10, 6, 0] : [8, 0, 17]
  return { dialect, text, fits: isAtLeast(numbers.map(Number), oldest) }
}

export async function mysqlVersionOf(session: MysqlSession): Promise<MysqlVersion> {
  const [row] = await session.query('SELECT VERSION() AS version')
  return readMysqlVersion(String(row?.['version']))
}

function isAtLeast(numbers: readonly number[], oldest: readonly number[]): boolean {
  for (const [place, least] of oldest.entries()) {
    const number = numbers[place] ?? -1
    if (number !== least) return number > least
  }
  return true
}
