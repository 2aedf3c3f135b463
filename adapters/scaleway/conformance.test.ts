import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family as mysqlFamily } from '../../src/families/mysql/index.ts'
import { family as postgresqlFamily } from '../../src/families/postgresql/index.ts'
import { family as redisFamily } from '../../src/families/redis/index.ts'
import { APPLICATIONS, readsAsOwner } from '../../test/conformance/application.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'
import { adapter } from './index.ts'

/** How the kit plays one service. */
interface Player {
  readonly service: 'postgresql' | 'mysql' | 'redis'
  readonly family: Family
  readonly plan: JsonObject
}

const SIZE = { nodeType: 'db-dev-s', volumeType: 'bssd', volumeSizeGb: 10 }
const POSTGRESQL: Player = {
  service: 'postgresql',
  family: postgresqlFamily,
  plan: { engine: 'PostgreSQL-15', ...SIZE }
}
const MYSQL: Player = {
  service: 'mysql',
  family: mysqlFamily,
  plan: { engine: 'MySQL-8', ...SIZE }
}
const REDIS: Player = {
  service: 'redis',
  family: redisFamily,
  plan: { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1 }
}
const LAG_SECONDS = 60
/** New instances are in no list for longer than any pause between two attempts, but less than the declared lag. */
const LAGGING = { hiddenSeconds: LAG_SECONDS - 5, hiddenGets: 1 }

/** The login of an instance may make neither logins nor databases. */
const PLAIN = { plainAdmin: true }

let fake: FakeScaleway | undefined

before(async function () {
  this.timeout(180_000)
  fake = await startFakeScaleway()
  await fake.start('MySQL-8')
  await fake.start('Redis')
})
after(() => fake?.stop())

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

async function redis(scene: object): Promise<Harness> {
  const harness = await scaleway(REDIS, scene)
  const provider = standing()
  return {
    ...harness,
    resources: async () => {
      const { clusters } = await provider.state()
      return clusters.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).redisUsers,
    stage: async (what) => {
      const staged = await harness.stage?.(what)
      return staged?.plan ? { plan: { ...REDIS.plan, nodeType: 'RED1-S', clusterSize: 2 } } : staged
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

function standing(): FakeScaleway {
  if (!fake) throw new Error('the fake was not started')
  return fake
}

async function scaleway({ service, family, plan }: Player, scene: object): Promise<Harness> {
  const provider = standing()
  const application = APPLICATIONS[service]
  await provider.reset()
  await provider.setScene(scene)
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers[service]
      if (!driver) throw new Error('no such driver')
      return driver
    },
    ping: (call) => adapter.open(provider.settings).ping(call),
    family,
    order: { region: 'fr-par', plan, parameters: {}, allowFrom: ['203.0.113.0/24'] },
    dedicated: true,
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: async () => {
      const { instances } = await provider.state()
      // The state passes by itself; a line changes only when the instance does.
      return instances.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).roles.filter((name) => /^b[a-z2-7]{20}$/.test(name)),
    tryLogin: application.reads,
    tryWrite: application.writes,
    tryAccess: (access) => readsAsOwner(family, access),
    openSession: application.stays,
    stage: (what) => stage(provider, plan, scene, what),
    shortenPages: () => provider.setScene({ ...scene, pageSize: 1 }),
    regionOf: async (name) => (await provider.state()).instances.find((each) => each.name === name)?.region,
    plantForeign: async (name) => {
      await provider.addForeign({ name, engine: String(plan['engine']) })
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
