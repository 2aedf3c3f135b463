import type { Login } from '../../contract/adapter.ts'
import { grantedName, mysqlVersionOf } from '../../contract/mysql.ts'
import type { MysqlSession } from '../../contract/ports.ts'
import { storedPassword } from './stored-password.ts'

export interface SeenLogin {
  readonly exists: boolean
  /** It has our password, whatever rights somebody gave it beyond ours; or, with a password of its tenant's, no right but on this database. */
  readonly isOurs: boolean
  /** On this database. */
  readonly rights: readonly string[]
  readonly identified: string
}

export async function look(session: MysqlSession, database: string, login: Login): Promise<SeenLogin> {
  const { dialect } = await mysqlVersionOf(session)
  const { identified, isStored } = storedPassword(dialect, login)
  const grantee = `'${login.name}'@'%'`
  const [account] = await session.query(
    `-- look at the login
     SELECT HEX(authentication_string) AS hash FROM mysql.user WHERE User = ? AND Host = '%'`,
    [login.name]
  )
  const rows = await session.query(
    `-- look at its rights
     SELECT NULL AS place, PRIVILEGE_TYPE AS privilege FROM information_schema.USER_PRIVILEGES
     WHERE GRANTEE = ? AND PRIVILEGE_TYPE <> 'USAGE'
     UNION ALL SELECT TABLE_SCHEMA, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ?`,
    [grantee, grantee]
  )
  const here = [database, grantedName(database)]
  const rightsHere = rows.filter((row) => here.includes(String(row['place'])))
  const isOnlyHere = rightsHere.length > 0 && rightsHere.length === rows.length
  const hasOurPassword = isStored(Buffer.from(String(account?.['hash'] ?? ''), 'hex'))
  return {
    exists: account !== undefined,
    isOurs: account !== undefined && (hasOurPassword || isOnlyHere),
    rights: rightsHere.map((row) => String(row['privilege'])),
    identified
  }
}
