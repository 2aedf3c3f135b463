import { randomBytes } from 'node:crypto'
import { adapter } from '../../adapters/postgresql-server/index.ts'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver, Handle, Login, Order } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { noPorts } from '../conformance/ports.ts'
import { type TestServer, withClient } from './postgres-server.ts'

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

export function randomName(letter: 'p' | 'b'): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  return letter + [...randomBytes(20)].map((byte) => letters[byte % 32]).join('')
}

export function randomLogin(): Login {
  return { name: randomName('b'), password: `A1-${randomBytes(24).toString('base64url')}z` }
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

export function orderFor(name: string, plan: JsonObject = { connections: 5 }): Order {
  return {
    name,
    mark: { broker: 'test-broker', resource: `resource of ${name}`, generation: 1 },
    region: 'here',
    plan,
    parameters: {},
    labels: {},
    allowFrom: [],
    secret: (label) => `secret-of-${label}`
  }
}

/** Steps until it is ready, as the core does: each step from the last handle, in JSON. */
export async function created(driver: Driver, order: Order, call: Call): Promise<Handle> {
  let handle: Handle | undefined
  for (let step = 0; step < 6; step += 1) {
    const sighting = await driver.create(order, handle, call)
    if (sighting.state === 'gone' || sighting.state === 'broken') throw new Error(sighting.state)
    handle = JSON.parse(JSON.stringify(sighting.handle)) as Handle
    if (sighting.state === 'ready') return handle
  }
  throw new Error('never ready')
}

export interface Tenant {
  readonly name: string
  readonly order: Order
  readonly handle: Handle
  readonly access: PostgresqlAccess
  readonly call: Call
  bind(parameters?: JsonObject): Promise<Login>
  unbind(login: Login): Promise<void>
  remove(): Promise<void>
}

/** A whole instance on a server: driver, then family. */
export async function newTenant(server: TestServer, plan?: JsonObject): Promise<Tenant> {
  const driver = driverOf(settingsOf(server))
  const call = postgresqlCall()
  const order = orderFor(randomName('p'), plan)
  const names = { resource: order.name, mark: order.mark }
  const handle = await created(driver, order, call)
  const access = (await driver.access?.(handle, call)) as PostgresqlAccess
  await family.prepare?.(access, names, { defaultPrivileges: true }, call)
  return {
    name: order.name,
    order,
    handle,
    access,
    call,
    async bind(parameters = {}) {
      const login = randomLogin()
      await family.bind?.(access, login, parameters, call)
      return login
    },
    async unbind(login) {
      await family.unbind?.(access, login, call)
    },
    async remove() {
      await family.release?.(access, names, call)
      const { state } = await driver.destroy(handle, call)
      if (state !== 'gone') throw new Error(`it is ${state}`)
    }
  }
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
