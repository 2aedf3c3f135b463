import { adapter } from '../../adapters/postgresql-server/index.ts'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver, Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { freshName } from '../conformance/fresh.ts'
import { noPorts } from '../conformance/ports.ts'
import { type TestServer, withClient } from './postgres-server.ts'
import { orderFor, type TenantOf, tenantOf } from './tenant.ts'

/** A call whose PostgreSQL is real and whose other ports are not there. */
export function postgresqlCall(signal = new AbortController().signal): Call {
  return {
    signal,
    now: new Date('2026-01-01T00:00:00Z'),
    attempt: 1,
    ...noPorts('only the server is asked'),
    postgresql: postgresqlPort({ signal }),
    note: () => undefined
  }
}

export function settingsOf(server: TestServer, more: JsonObject = {}): JsonObject {
  const { host, port, managedRoot } = server
  const { user, password } = managedRoot
  return {
    servers: [{ name: 'main', region: 'here', host, port, user, password, network: 'private', ...more }]
  }
}

export function driverOf(settings: JsonObject): Driver {
  const driver = adapter.open(settings).drivers['postgresql']
  if (driver === undefined) throw new Error('no driver')
  return driver
}

export type Tenant = TenantOf<PostgresqlAccess>

/** A whole instance on a server. */
export function newTenant(server: TestServer, plan?: JsonObject): Promise<Tenant> {
  return tenantOf(driverOf(settingsOf(server)), family, orderFor(freshName('p'), plan), postgresqlCall())
}

/** What the last of `sql` answers to a login in one session: its rows, or the SQLSTATE of the first that is refused. */
export async function asLogin(
  access: PostgresqlAccess,
  login: Login,
  sql: string | readonly string[],
  database = access.database
): Promise<string | readonly JsonObject[]> {
  const { host, port } = access
  const who = { host, port, user: login.name, password: login.password, database }
  try {
    return await withClient(who, async (client) => {
      let answer: unknown
      for (const statement of [sql].flat()) answer = await client.query(statement)
      const last = (Array.isArray(answer) ? answer.at(-1) : answer) as {
        readonly rows: readonly JsonObject[]
      }
      return last.rows
    })
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}
