import { adapter } from '../../adapters/mysql-server/index.ts'
import type { MysqlAccess } from '../../src/contract/access.ts'
import type { Driver, Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/mysql/index.ts'
import { mysqlPort } from '../../src/transport/mysql.ts'
import { freshName } from '../conformance/fresh.ts'
import { noPorts } from '../conformance/ports.ts'
import { type MysqlTestServer, type Rows, rowsOf, withMysql } from './mysql-server.ts'
import { orderFor, type TenantOf, tenantOf } from './tenant.ts'

/** A call whose MySQL is real and whose other ports are not there. */
export function mysqlCall(signal = new AbortController().signal): Call {
  return {
    signal,
    now: new Date('2026-01-01T00:00:00Z'),
    attempt: 1,
    ...noPorts('only the server is asked'),
    mysql: mysqlPort({ signal }),
    note: () => undefined
  }
}

export function settingsOf(server: MysqlTestServer, more: JsonObject = {}): JsonObject {
  const { host, port, managedRoot } = server
  const { user, password } = managedRoot
  return {
    servers: [{ name: 'main', region: 'here', host, port, user, password, network: 'private', ...more }]
  }
}

export function driverOf(settings: JsonObject): Driver {
  const driver = adapter.open(settings).drivers['mysql']
  if (driver === undefined) throw new Error('no driver')
  return driver
}

export type MysqlTenant = TenantOf<MysqlAccess>

/** A whole instance on a server. */
export function newMysqlTenant(
  server: MysqlTestServer,
  plan?: JsonObject,
  more?: JsonObject
): Promise<MysqlTenant> {
  const driver = driverOf(settingsOf(server, more))
  return tenantOf(driver, family, orderFor(freshName('p'), plan), mysqlCall())
}

/** What the last of `sql` answers to a login in one session: its rows, or the number of the error that refused the first. */
export async function asMysqlLogin(
  access: MysqlAccess,
  login: Login,
  sql: string | readonly string[],
  database = access.database
): Promise<number | Rows> {
  const { host, port, tls } = access
  const who = { host, port, user: login.name, password: login.password, database, tls }
  try {
    return await withMysql(who, async (client) => {
      let rows: Rows = []
      for (const statement of [sql].flat()) rows = rowsOf(await client.query(statement))
      return rows
    })
  } catch (error) {
    const { errno } = error as { errno?: unknown }
    if (typeof errno !== 'number') throw error
    return errno
  }
}
