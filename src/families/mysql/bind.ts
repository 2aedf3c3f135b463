import type { MysqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/json.ts'
import { accountOf, grantedName, mysqlVersionOf, quoteMysqlName } from '../../contract/mysql.ts'
import type { Call, MysqlSession } from '../../contract/ports.ts'
import { look } from './look.ts'
import { rightsFor } from './rights.ts'

/** An account with rights on this database and nothing else; locked until it has them. */
export async function bind(
  access: MysqlAccess,
  login: Login,
  parameters: JsonObject,
  call: Call
): Promise<void> {
  const isReader = parameters['access'] === 'read-only'
  await call.mysql(access, (session) => make(session, access, login, isReader))
}

async function make(
  session: MysqlSession,
  access: MysqlAccess,
  login: Login,
  isReader: boolean
): Promise<void> {
  const { dialect } = await mysqlVersionOf(session)
  const { exists, isOurs, rights, identified } = await look(session, access.database, login)
  if (exists && !isOurs) {
    throw new ProviderFailure('conflict', 'An account with the name of this binding exists and is not ours.')
  }
  const account = accountOf(login.name)
  const wanted = rightsFor(isReader, dialect)
  const place = `${quoteMysqlName(await placeOf(session, access.database, dialect))}.*`
  const details = `${identified} REQUIRE ${access.tls === undefined ? 'NONE' : 'SSL'} WITH MAX_USER_CONNECTIONS ${access.connectionLimit ?? 0}`
  if (!exists) await session.query(`CREATE USER IF NOT EXISTS ${account} ${details} ACCOUNT LOCK`)
  if (rights.some((right) => !wanted.includes(right))) {
    await session.query(`REVOKE ALL PRIVILEGES ON ${place} FROM ${account}`)
  }
  await session.query(`GRANT ${wanted.join(', ')} ON ${place} TO ${account}`)
  await session.query(`ALTER USER ${account} ${details} ACCOUNT UNLOCK`)
}

/** With `partial_revokes` (MySQL 8) nothing in a name stands for another, and an escaped one is another name. */
async function placeOf(
  session: MysqlSession,
  database: string,
  dialect: 'mariadb' | 'mysql'
): Promise<string> {
  if (dialect === 'mariadb') return grantedName(database)
  const [row] = await session.query('SELECT @@partial_revokes AS partial')
  return row?.['partial'] === 1 ? database : grantedName(database)
}
