import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { MysqlAccess, PostgresqlAccess } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family as mysqlFamily } from '../../src/families/mysql/index.ts'
import { family as postgresqlFamily } from '../../src/families/postgresql/index.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { withMysql } from '../../test/support/mysql-server.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'
import { adapter } from './index.ts'

/** One engine as its tenants see it. */
interface Kind {
  readonly name: 'postgresql' | 'mysql'
  readonly family: unknown
  readonly plan: JsonObject
  /** Whether this statement works; the database refuses a login or a right otherwise. */
  readonly works: (credentials: JsonObject, sql: string) => Promise<boolean>
}

const SIZE = { nodeType: 'db-dev-s', volumeType: 'bssd', volumeSizeGb: 10 }
const POSTGRESQL: Kind = {
  name: 'postgresql',
  family: postgresqlFamily,
  plan: { engine: 'PostgreSQL-15', ...SIZE },
  works: (credentials, sql) => succeeds(clientOf(credentials), sql)
}
const MYSQL: Kind = {
  name: 'mysql',
  family: mysqlFamily,
  plan: { engine: 'MySQL-8', ...SIZE },
  works: worksInMysql
}
const LAG_SECONDS = 60
/** New instances are in no list for longer than any pause between two attempts, but less than the declared lag. */
const LAGGING = { hiddenSeconds: LAG_SECONDS - 5, hiddenGets: 1 }

let fake: FakeScaleway | undefined

before(async function () {
  this.timeout(60_000)
  fake = await startFakeScaleway()
  await fake.start('MySQL-8')
})
after(() => fake?.stop())

driverConformance({ name: 'scaleway/postgresql', open: () => scaleway(POSTGRESQL, {}), sample: 8 })
driverConformance({ name: 'scaleway/mysql', open: () => scaleway(MYSQL, {}), sample: 4 })
driverConformance({
  name: 'scaleway/postgresql, seen late',
  open: () => scaleway(POSTGRESQL, LAGGING),
  only: [
    'lost answers',
    'crash between steps',
    'destroy from every handle',
    'faults in create',
    'faults in failed create'
  ],
  sample: 8
})

async function scaleway(kind: Kind, scene: object): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene(scene)
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers[kind.name]
      if (!driver) throw new Error('no such driver')
      return driver
    },
    family: kind.family as Family,
    order: { region: 'fr-par', plan: kind.plan, parameters: {}, allowFrom: ['203.0.113.0/24'] },
    dedicated: true,
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: async () => {
      const { instances } = await provider.state()
      // The state passes by itself; a line changes only when the instance does.
      return instances.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).roles.filter((name) => /^b[a-z2-7]{20}$/.test(name)),
    tryLogin: (credentials) => kind.works(credentials, 'SELECT 1'),
    tryWrite: (credentials) =>
      kind.works(credentials, `CREATE TABLE t${randomBytes(6).toString('hex')} (n integer)`),
    tryAccess: async (access) => kind.works(loginOf(access as PostgresqlAccess | MysqlAccess), 'SELECT 1'),
    stage: (what) => stage(provider, kind.plan, scene, what),
    plantForeign: async (name) => {
      await provider.addForeign({ name, engine: String(kind.plan['engine']) })
    },
    remark: async (name) => {
      const { instances } = await provider.state()
      for (const each of instances) if (each.name === name) await provider.setTags(each.id, ['else'])
    },
    advanceTime: (seconds) => provider.advance(seconds),
    secrets: [String(provider.settings['secretKey'])]
  }
}

async function stage(
  provider: FakeScaleway,
  plan: JsonObject,
  scene: object,
  what: Scene
): Promise<Partial<OrderDetails> | undefined> {
  if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
  if (what === 'broken' || what === 'faults in failed create') {
    await provider.setScene({ ...scene, halfCreated: 10_000 })
  }
  const updates = what === 'update' || what === 'faults in update'
  return updates ? { plan: { ...plan, volumeSizeGb: 20, highAvailability: true } } : undefined
}

function loginOf(access: PostgresqlAccess | MysqlAccess): JsonObject {
  const { host, port, database, user, password, tls } = access
  const ca = tls?.ca
  return { host, port, database, username: user, password, ...(ca && { sslrootcert: ca, sslRootCert: ca }) }
}

async function worksInMysql(credentials: JsonObject, sql: string): Promise<boolean> {
  const { host, port, database, username, password, sslRootCert } = credentials
  const who = {
    host: String(host),
    port: Number(port),
    user: String(username),
    password: String(password),
    database: String(database),
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
