import pg from 'pg'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { httpPort } from '../../src/transport/http.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, Scene as KitScene, OrderDetails } from '../../test/conformance/harness.ts'
import type { Scene } from './fake/scene.ts'
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'
import { adapter } from './index.ts'

const DECLARED_LAG = 30
/** Lists and reads by id lag, but less than the adapter declares. */
const LAGGING: Partial<Scene> = { hiddenSeconds: DECLARED_LAG - 5, hiddenGets: 1 }

const ORDER: OrderDetails = {
  region: 'nl-ams',
  plan: {
    engine: 'PostgreSQL-15',
    nodeType: 'db-dev-s',
    volumeType: 'sbs_5k',
    volumeSizeGb: 10,
    connectionLimit: 5
  },
  parameters: {},
  allowFrom: ['192.0.2.0/24']
}

const LARGER = { ...ORDER.plan, nodeType: 'db-dev-m', volumeSizeGb: 20, highAvailability: true }

let fake: FakeScaleway

async function open(): Promise<Harness> {
  await fake.reset()
  await fake.setScene(LAGGING)
  const settings = { ...fake.settings, listLagSeconds: DECLARED_LAG }
  return {
    openDriver: () => driverOf(settings),
    family,
    order: ORDER,
    dedicated: true,
    secrets: [String(fake.settings['secretKey'])],
    call: (context) => ({
      ...context,
      http: httpPort({ signal: context.signal, network: 'private' }),
      postgresql: postgresqlPort({ signal: context.signal })
    }),
    resources: async () =>
      (await fake.state()).instances.map(({ name, tags, nodeType, volumeSize, highAvailability }) =>
        JSON.stringify([name, tags, nodeType, volumeSize, highAvailability])
      ),
    logins: async () => (await fake.state()).roles.filter((role) => /^b[a-z2-7]{20}$/.test(role)),
    tryAccess: async (access) => access.kind === 'postgresql' && succeeds(clientFor(access), 'SELECT 1'),
    tryLogin: async (credentials) => succeeds(clientOf(credentials), 'SELECT 1'),
    tryWrite: async (credentials) =>
      succeeds(
        clientOf(credentials),
        'CREATE TABLE IF NOT EXISTS written (v int)',
        'INSERT INTO written VALUES (1)'
      ),
    stage,
    unstage: () => fake.setScene(LAGGING),
    plantForeign: async (name) => {
      await fake.addForeign({ name, region: ORDER.region })
    },
    remark: async (name) => {
      for (const each of (await fake.state()).instances.filter((one) => one.name === name)) {
        await fake.setTags(each.id, [
          ...each.tags.slice(0, 2),
          'portolan-resource=else',
          ...each.tags.slice(3)
        ])
      }
    },
    advanceTime: (seconds) => fake.advance(seconds)
  }
}

function driverOf(settings: JsonObject): Driver {
  const driver = adapter.open(settings).drivers['postgresql']
  if (!driver) throw new Error('no driver')
  return driver
}

async function stage(scene: KitScene): Promise<Partial<OrderDetails> | undefined> {
  if (scene === 'quota') await fake.setScene({ ...LAGGING, quota: 0 })
  if (scene === 'broken' || scene === 'faults in failed create') {
    await fake.setScene({ ...LAGGING, halfCreated: 1000 })
  }
  return scene === 'update' || scene === 'faults in update' ? { plan: LARGER } : undefined
}

function clientFor(access: PostgresqlAccess): pg.Client {
  const { host, port, user, password, database, tls } = access
  return new pg.Client({
    host,
    port,
    user,
    password,
    database,
    ssl: { ca: tls?.ca, rejectUnauthorized: true }
  })
}

function clientOf(credentials: JsonObject): pg.Client {
  const { hostname: host, port, username: user, password, database, sslrootcert: ca } = credentials
  return new pg.Client({
    host: String(host),
    port: Number(port),
    user: String(user),
    password: String(password),
    database: String(database),
    ssl: { ca: String(ca), rejectUnauthorized: true }
  })
}

async function succeeds(client: pg.Client, ...statements: readonly string[]): Promise<boolean> {
  client.on('error', () => undefined)
  try {
    await client.connect()
    for (const statement of statements) await client.query(statement)
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

describe('scaleway, by the kit', () => {
  before(async function () {
    this.timeout(60_000)
    fake = await startFakeScaleway()
  })
  after(() => fake.stop())

  driverConformance({ name: 'scaleway/postgresql', open })
})
