import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { MysqlAccess, PostgresqlAccess } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family as mysql } from '../../src/families/mysql/index.ts'
import { family as postgresql } from '../../src/families/postgresql/index.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { withMysql } from '../../test/support/mysql-server.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'

/** How the kit plays one engine. */
interface Player {
  readonly service: string
  readonly family: Family
  readonly plan: JsonObject
  readonly larger: JsonObject
  /** Really logs in, and runs it. */
  runs(credentials: JsonObject, sql: string): Promise<boolean>
}

const PLAN = { plan: 'essential', flavor: 'db1-4', nodes: 1, diskGb: 80 }
const LARGER = { plan: 'business', flavor: 'db1-7', nodes: 2, diskGb: 200 }

const POSTGRESQL: Player = {
  service: 'postgresql',
  family: postgresql as unknown as Family,
  plan: { ...PLAN, version: '15' },
  larger: { ...LARGER, version: '16' },
  runs: (credentials, sql) => succeeds(clientOf(credentials), sql)
}

const MYSQL: Player = {
  service: 'mysql',
  family: mysql as unknown as Family,
  plan: { ...PLAN, version: '8' },
  larger: { ...LARGER, version: '8' },
  runs: runsInMysql
}

const LAG_SECONDS = 60
/** New services are in no list for longer than any pause between two attempts, but less than the declared lag. */
const LAGGING = { hiddenSeconds: LAG_SECONDS - 5, hiddenGets: 1 }

let fake: FakeOvhcloud | undefined

before(async function () {
  this.timeout(60_000)
  fake = await startFakeOvhcloud({ warm: ['mysql'] })
})
after(() => fake?.stop())

driverConformance({ name: 'ovhcloud/postgresql', open: () => ovhcloud(POSTGRESQL), sample: 2 })
driverConformance({
  name: 'ovhcloud/postgresql, seen late',
  open: () => ovhcloud(POSTGRESQL, LAGGING),
  only: ['lost answers', 'destroy from every handle', 'faults in create', 'faults in failed create'],
  sample: 1
})
driverConformance({ name: 'ovhcloud/mysql', open: () => ovhcloud(MYSQL), sample: 2 })

async function ovhcloud(player: Player, scene: object = {}): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene({ looks: 1, ...scene })
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers[player.service]
      if (!driver) throw new Error('no such driver')
      return driver
    },
    family: player.family,
    order: { region: 'GRA', plan: player.plan, parameters: {}, allowFrom: ['203.0.113.0/24'] },
    dedicated: true,
    providerMakesOwnersSecret: true,
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: async () => {
      const { services } = await provider.state()
      // The state passes by itself; a line changes only when the service does.
      return services.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).roles.filter((name) => /^b[a-z2-7]{20}$/.test(name)),
    tryLogin: (credentials) => player.runs(credentials, 'SELECT 1'),
    tryWrite: (credentials) =>
      player.runs(credentials, `CREATE TABLE t${randomBytes(6).toString('hex')} (n integer)`),
    tryAccess: async (access) => player.runs(loginOf(access as PostgresqlAccess | MysqlAccess), 'SELECT 1'),
    stage: (what) => stage(player, provider, { looks: 1, ...scene }, what),
    plantForeign: async (name) => {
      await provider.addForeign(name, player.service)
    },
    remark: async (name) => {
      const { services } = await provider.state()
      for (const each of services) {
        if (each.description.includes(name)) await provider.describe(each.id, `${each.description} `)
      }
    },
    advanceTime: (seconds) => provider.advance(seconds),
    secrets: [String(provider.settings['clientSecret'])]
  }
}

async function stage(
  player: Player,
  provider: FakeOvhcloud,
  scene: object,
  what: Scene
): Promise<Partial<OrderDetails> | undefined> {
  if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
  if (what === 'broken' || what === 'faults in failed create') {
    await provider.setScene({ ...scene, halfCreated: 10_000 })
  }
  const updates = what === 'update' || what === 'faults in update'
  return updates ? { plan: player.larger } : undefined
}

function loginOf({ host, port, database, user, password, tls }: PostgresqlAccess | MysqlAccess): JsonObject {
  const ca = tls?.ca ?? ''
  return { host, port, database, username: user, password, sslrootcert: ca, sslRootCert: ca }
}

function clientOf({ host, port, database, username, password, sslrootcert }: JsonObject): pg.Client {
  return new pg.Client({
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
    ssl: { ca: String(sslrootcert) }
  })
}

async function runsInMysql(credentials: JsonObject, sql: string): Promise<boolean> {
  const { host, port, database, username, password, sslRootCert } = credentials
  const who = {
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
    tls: { ca: String(sslRootCert) }
  }
  try {
    await withMysql(who, (client) => client.query(sql))
    return true
  } catch (error) {
    if (typeof (error as { errno?: unknown }).errno === 'number') return false
    throw error
  }
}
