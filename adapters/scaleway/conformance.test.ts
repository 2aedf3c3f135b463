import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type {
  MysqlAccess,
  ObjectStorageAccess,
  PostgresqlAccess,
  RedisAccess
} from '../../src/contract/access.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { RedisCode } from '../../src/contract/ports.ts'
import { family as mysqlFamily } from '../../src/families/mysql/index.ts'
import { family as objectStorageFamily } from '../../src/families/object-storage/index.ts'
import { family as postgresqlFamily } from '../../src/families/postgresql/index.ts'
import { family as redisFamily } from '../../src/families/redis/index.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { APPLICATIONS } from '../../test/conformance/application.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { boundBucket, bucketAt, succeeds as isAllowed } from '../../test/support/buckets.ts'
import { withMysql } from '../../test/support/mysql-server.ts'
import { objectStore } from '../../test/support/radosgw.ts'
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

/** The login of an instance may make neither logins nor databases. */
const PLAIN = { plainAdmin: true }

let fake: FakeScaleway | undefined

before(async function () {
  this.timeout(180_000)
  const [store] = await Promise.all([objectStore(), start()])
  await fake?.useStore(store)
})
after(() => fake?.stop())

async function start(): Promise<void> {
  fake = await startFakeScaleway()
  await fake.start('MySQL-8')
  await fake.start('Redis')
}

driverConformance({ name: 'scaleway/postgresql', open: () => scaleway(POSTGRESQL, {}), sample: 4 })
driverConformance({ name: 'scaleway/mysql', open: () => scaleway(MYSQL, {}), sample: 4 })
driverConformance({
  name: 'scaleway/postgresql, seen late',
  open: () => scaleway(POSTGRESQL, LAGGING),
  only: [
    'lost answers',
    'crash between steps',
    'destroy from every handle',
    'observe at every step',
    'faults in create',
    'faults in failed create'
  ],
  sample: 3
})
driverConformance({
  name: 'scaleway/mysql, seen late',
  open: () => scaleway(MYSQL, LAGGING),
  only: ['faults in create', 'faults in failed create'],
  sample: 2
})

/** What the way to make logins can change. */
const LOGINS = [
  'becomes ready',
  'bind and unbind twice',
  'two bindings',
  'unbind without a grant',
  'sessions end at unbind',
  'read-only binding',
  'faults in bind',
  'faults in unbind'
] as const
const OUTLIVE =
  'no call of the API ends a session, and the login of an instance may not: what is open stays so'
const BY_PROVIDER = { logins: 'provider' }

driverConformance({
  name: 'scaleway/postgresql, logins by the API',
  open: () => scaleway({ ...POSTGRESQL, plan: { ...POSTGRESQL.plan, ...BY_PROVIDER } }, PLAIN),
  only: LOGINS,
  skip: { 'sessions end at unbind': OUTLIVE },
  sample: 6
})
driverConformance({
  name: 'scaleway/mysql, logins by the API',
  open: () => scaleway({ ...MYSQL, plan: { ...MYSQL.plan, ...BY_PROVIDER } }, PLAIN),
  only: LOGINS,
  skip: { 'sessions end at unbind': OUTLIVE },
  sample: 2
})

const ONE_USER = 'a cluster has one user, every binding gets it, and nothing takes that back'

driverConformance({
  name: 'scaleway/redis',
  open: () => redis({}),
  skip: {
    'lost answers': ONE_USER,
    'crash between steps': ONE_USER,
    'bind and unbind twice': ONE_USER,
    'two bindings': ONE_USER,
    'two instances': 'behind the fake all clusters are users of one server; at Scaleway each has its own',
    'unbind without a grant': ONE_USER,
    'sessions end at unbind': ONE_USER,
    'faults in bind': ONE_USER,
    'faults in unbind': ONE_USER
  },
  sample: 3
})

driverConformance({
  name: 'scaleway/redis, seen late',
  open: () => redis(LAGGING),
  only: ['destroy from every handle', 'faults in create', 'faults in failed create'],
  sample: 4
})

const NEVER_BROKEN = 'a bucket is there or it is not: create never ends as broken'

driverConformance({
  name: 'scaleway/object-storage',
  open: () => objectStorage({}),
  skip: {
    broken: NEVER_BROKEN,
    'sessions end at unbind': 'every request to a bucket is signed by itself: there are no sessions',
    'list of many pages': 'one answer has the buckets of all, and IAM is asked for one bucket at a time'
  },
  sample: 4
})
driverConformance({
  name: 'scaleway/object-storage, seen late',
  open: () => objectStorage({ hiddenSeconds: LAG_SECONDS - 5, strangers: 1 }),
  only: ['destroy from every handle', 'faults in create', 'faults in bind', 'faults in unbind'],
  sample: 3
})

const REDIS_PLAN = { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1 }

async function redis(scene: object): Promise<Harness> {
  const { stage: _stage, ...harness } = await scaleway({ ...POSTGRESQL, plan: REDIS_PLAN }, scene)
  const provider = fake
  if (!provider) throw new Error('the fake was not started')
  return {
    ...harness,
    openDriver: () => driverOf(provider, 'redis'),
    family: redisFamily as unknown as Family,
    resources: async () => {
      const { clusters } = await provider.state()
      return clusters.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).redisUsers,
    tryLogin: (credentials) => pings(credentials),
    tryWrite: APPLICATIONS.redis.writes,
    tryAccess: async (access) => pings(loginOf(access as RedisAccess)),
    stage: async (what) => {
      const staged = await stage(provider, REDIS_PLAN, scene, what)
      const grows = what === 'update' || what === 'faults in update' || what === 'differences'
      return grows ? { plan: { ...REDIS_PLAN, nodeType: 'RED1-S', clusterSize: 2 } } : staged
    },
    regionOf: async (name) =>
      (await provider.state()).clusters.find((each) => each.name === name)?.zone.replace(/-\d$/, ''),
    plantForeign: (name) => provider.addForeignCluster({ name }),
    remark: async (name) => {
      const { clusters } = await provider.state()
      for (const each of clusters) if (each.name === name) await provider.setTags(each.id, ['else'])
    }
  }
}

async function objectStorage(scene: object): Promise<Harness> {
  const harness = await scaleway({ ...POSTGRESQL, plan: {} }, scene)
  const provider = fake
  if (!provider) throw new Error('the fake was not started')
  return {
    ...harness,
    openDriver: () => driverOf(provider, 'object-storage'),
    family: objectStorageFamily as unknown as Family,
    resources: () => bucketLines(provider),
    logins: async () => (await provider.state()).apiKeys.map(({ id }) => id),
    tryLogin: (credentials) => isAllowed(boundBucket(credentials).versions(1)),
    tryWrite: (credentials) =>
      isAllowed(boundBucket(credentials).put(randomBytes(6).toString('hex'), 'value')),
    tryAccess: (access) => isAllowed(bucketAt(access as ObjectStorageAccess).head()),
    stage: async (what) => {
      if (what === 'two regions') return { region: 'nl-ams' }
      if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
      // The bucket is made, an application of it is refused.
      if (what === 'faults in failed create') await provider.setScene({ ...scene, iamQuota: 1 })
      const updates = what === 'update' || what === 'faults in update'
      return updates ? { parameters: { versioning: true } } : undefined
    },
    regionOf: async (name) => (await provider.state()).buckets.find((each) => each.name === name)?.region,
    plantForeign: (name) => provider.addForeignBucket(name),
    remark: (name) => provider.setBucketTags(name, { owner: 'somebody else' }),
    providerMakesSecrets: true
  }
}

/** One line for everything that carries one name: the bucket, and what IAM has for it. */
async function bucketLines(provider: FakeScaleway): Promise<readonly string[]> {
  const { buckets, applications, policies } = await provider.state()
  const things = [...applications, ...policies]
  const names = new Set([...buckets, ...things].map(({ name }) => name.slice(0, 21)))
  return [...names]
    .toSorted()
    .map((name) =>
      JSON.stringify([
        name,
        buckets.filter((each) => each.name === name),
        things.filter((each) => each.name.startsWith(name))
      ])
    )
}

async function pings({ host, port, username, password, sslrootcert }: JsonObject): Promise<boolean> {
  const access: RedisAccess = {
    kind: 'redis',
    host: String(host),
    port: Number(port),
    user: String(username),
    password: String(password),
    tls: { ca: String(sslrootcert) },
    network: 'private'
  }
  try {
    await redisPort({ signal: new AbortController().signal })(access, (session) => session.command('PING'))
    return true
  } catch (error) {
    if ((error as Error).cause instanceof RedisCode) return false
    throw error
  }
}

function driverOf(provider: FakeScaleway, name: string): Driver {
  const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
  const driver = adapter.open(settings).drivers[name]
  if (!driver) throw new Error('no such driver')
  return driver
}

async function scaleway(kind: Kind, scene: object): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene(scene)
  return {
    openDriver: () => driverOf(provider, kind.name),
    ping: (call) => adapter.open(provider.settings).ping(call),
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
    openSession: APPLICATIONS[kind.name].stays,
    stage: (what) => stage(provider, kind.plan, scene, what),
    shortenPages: () => provider.setScene({ ...scene, pageSize: 1 }),
    regionOf: async (name) => (await provider.state()).instances.find((each) => each.name === name)?.region,
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
  if (what === 'two regions') return { region: 'nl-ams' }
  if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
  if (what === 'broken' || what === 'faults in failed create') {
    await provider.setScene({ ...scene, halfCreated: 10_000 })
  }
  const grows = what === 'update' || what === 'faults in update' || what === 'differences'
  return grows ? { plan: { ...plan, volumeSizeGb: 20, highAvailability: true } } : undefined
}

function loginOf(access: PostgresqlAccess | MysqlAccess | RedisAccess): JsonObject {
  const { host, port, user, password, tls } = access
  const database = 'database' in access ? access.database : null
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
