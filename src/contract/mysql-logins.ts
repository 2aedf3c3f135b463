import { ProviderFailure } from './errors.ts'
import { accountOf, grantedName, mysqlErrorOf } from './mysql.ts'
import type { MysqlSession } from './ports.ts'
import { textAt } from './read.ts'

const ROUNDS = 12
const NO_SUCH_THREAD = 1094
/** Of ALTER USER and the like: it is not there (or, of CREATE USER, it is). */
const CANNOT_USER = 1396
const DEFINER_OF_SOMETHING = 4006

/**
 * The bindings' logins of one database: what is named like one and has rights there. The rights are the mark, because no account of
 * MariaDB carries a comment; the core makes the names, at random, and no tenant can make an account or give a right away.
 */
export async function loginsOf(session: MysqlSession, database: string): Promise<readonly string[]> {
  const rows = await session.query(
    `-- look for logins
     SELECT DISTINCT GRANTEE AS account FROM information_schema.SCHEMA_PRIVILEGES
     WHERE TABLE_SCHEMA IN (?) AND GRANTEE REGEXP '^''b[a-z2-7]{20}''@''%''$' ORDER BY GRANTEE`,
    [[database, grantedName(database)]]
  )
  return rows.map((row) => textAt(row, 'account').slice(1, -"'@'%'".length))
}

/**
 * From here on nobody acts as these logins: they cannot log in, and their sessions are over. Without a lock a dropped account's sessions
 * would go on writing. Answers those that are there.
 */
export async function lockOut(session: MysqlSession, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of names) if (await lock(session, name)) found.push(name)
  if (found.length > 0) await endSessions(session, found)
  return found
}

async function lock(session: MysqlSession, name: string): Promise<boolean> {
  try {
    await session.query(`ALTER USER ${accountOf(name)} ACCOUNT LOCK`)
    return true
  } catch (error) {
    if (mysqlErrorOf(error) !== CANNOT_USER) throw error
    return false
  }
}

/** Locks all out, then drops them, whatever they defined: but see `dropLogin`. */
export async function dropLogins(session: MysqlSession, names: readonly string[]): Promise<void> {
  for (const name of await lockOut(session, names)) await dropLogin(session, name)
}

/** Of a login that is locked out. MySQL 8 keeps the definer of anything, locked as it is, until that is gone. */
export async function dropLogin(session: MysqlSession, name: string): Promise<void> {
  try {
    await session.query(`DROP USER IF EXISTS ${accountOf(name)}`)
  } catch (error) {
    if (mysqlErrorOf(error) !== DEFINER_OF_SOMETHING) throw error
  }
}

/** A session that was logging in meanwhile shows up late, hence two empty looks, one second apart. */
async function endSessions(session: MysqlSession, names: readonly string[]): Promise<void> {
  let emptyLooks = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const rows = await session.query(
      `-- look for sessions
       SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER IN (?)`,
      [names]
    )
    for (const row of rows) await kill(session, Number(row['id']))
    emptyLooks = rows.length === 0 ? emptyLooks + 1 : 0
    if (emptyLooks === 2) return
    await session.query(`-- wait\nSELECT SLEEP(${emptyLooks === 1 ? 1 : 0.1})`)
  }
  throw new ProviderFailure('unavailable', 'Sessions of the login have not ended yet.')
}

async function kill(session: MysqlSession, id: number): Promise<void> {
  try {
    await session.query(`KILL CONNECTION ${id}`)
  } catch (error) {
    if (mysqlErrorOf(error) !== NO_SUCH_THREAD) throw error
  }
}
