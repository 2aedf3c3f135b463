import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family as mysql } from '../../src/families/mysql/index.ts'
import { family as postgresql } from '../../src/families/postgresql/index.ts'
import { family as redis } from '../../src/families/redis/index.ts'
import { APPLICATIONS, readsAsOwner } from '../../test/conformance/application.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'

/** How the kit plays one engine. */
interface Player {
  readonly service: 'postgresql' | 'mysql' | 'redis'
  /** As OVHcloud calls it. */
  readonly engine: string
  readonly family: Family
  readonly plan: JsonObject
  readonly larger: JsonObject
  /** Whether OVHcloud makes the passwords of bindings. */
  readonly makesSecrets?: true
}

const PLAN = { plan: 'essential', flavor: 'db1-4', nodes: 1, diskGb: 80 }
const LARGER = { plan: 'business', flavor: 'db1-7', nodes: 2, diskGb: 200 }

const POSTGRESQL: Player = {
  service: 'postgresql',
  engine: 'postgresql',
  family: postgresql,
  plan: { ...PLAN, version: '15' },
  larger: { ...LARGER, version: '16' }
}

const MYSQL: Player = {
  service: 'mysql',
  engine: 'mysql',
  family: mysql,
  plan: { ...PLAN, version: '8' },
  larger: { ...LARGER, version: '8' }
}

const REDIS: Player = {
  service: 'redis',
  engine: 'valkey',
  family: redis,
  plan: { plan: 'essential', version: '7.2', flavor: 'db1-4', nodes: 1 },
  larger: { plan: 'business', version: '8.0', flavor: 'db1-7', nodes: 2 },
  makesSecrets: true
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

const NO_PAGES = "OVHcloud's lists have no pages"

driverConformance({
  name: 'ovhcloud/postgresql',
  open: () => ovhcloud(POSTGRESQL),
  skip: { 'list of many pages': NO_PAGES },
  sample: 2
})
driverConformance({
  name: 'ovhcloud/postgresql, seen late',
  open: () => ovhcloud(POSTGRESQL, LAGGING),
  only: [
    'lost answers',
    'destroy from every handle',
    'observe at every step',
    'faults in create',
    'faults in failed create'
  ],
  sample: 1
})
driverConformance({
  name: 'ovhcloud/mysql',
  open: () => ovhcloud(MYSQL),
  skip: { 'list of many pages': NO_PAGES },
  sample: 2
})
driverConformance({
  name: 'ovhcloud/redis',
  open: () => ovhcloud(REDIS),
  skip: { 'list of many pages': NO_PAGES },
  sample: 2
})
for (const player of [MYSQL, REDIS]) {
  driverConformance({
    name: `ovhcloud/${player.service}, seen late`,
    open: () => ovhcloud(player, LAGGING),
    only: ['faults in create', 'faults in failed create'],
    sample: 1
  })
}

/** What the way to make logins can change. */
const LOGINS = [
  'becomes ready',
  'bind and unbind twice',
  'two bindings',
  'unbind without a grant',
  'sessions end at unbind',
  'faults in create',
  'faults in bind',
  'faults in unbind'
] as const
const OUTLIVE = 'no call of the API ends a session, and the administrator may not: what is open stays so'
/** The administrator may make neither logins nor databases. */
const PLAIN = { plainAdmin: true }

for (const player of [POSTGRESQL, MYSQL]) {
  driverConformance({
    name: `ovhcloud/${player.service}, logins by the API`,
    open: () =>
      ovhcloud({ ...player, plan: { ...player.plan, logins: 'provider' }, makesSecrets: true }, PLAIN),
    only: LOGINS,
    skip: { 'sessions end at unbind': OUTLIVE },
    sample: 2
  })
}

async function ovhcloud(player: Player, scene: object = {}): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene({ looks: 1, ...scene })
  const application = APPLICATIONS[player.service]
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers[player.service]
      if (!driver) throw new Error('no such driver')
      return driver
    },
    ping: (call) => adapter.open(provider.settings).ping(call),
    family: player.family,
    order: { region: 'GRA', plan: player.plan, parameters: {}, allowFrom: ['203.0.113.0/24'] },
    dedicated: true,
    providerMakesOwnersSecret: true,
    ...(player.makesSecrets && { providerMakesSecrets: true }),
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: async () => {
      const { services } = await provider.state()
      // The state passes by itself; a line changes only when the service does.
      return services.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).roles.filter((name) => /^b[a-z2-7]{20}$/.test(name)),
    tryLogin: application.reads,
    tryWrite: application.writes,
    tryAccess: (access) => readsAsOwner(player.family, access),
    openSession: application.stays,
    regionOf: async (name) =>
      (await provider.state()).services.find((each) => each.description.includes(name))?.region,
    stage: (what) => stage(player, provider, { looks: 1, ...scene }, what),
    plantForeign: async (name) => {
      await provider.addForeign(name, player.engine)
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
  if (what === 'two regions') return { region: 'DE' }
  if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
  if (what === 'broken' || what === 'faults in failed create') {
    await provider.setScene({ ...scene, halfCreated: 10_000 })
  }
  const grows = what === 'update' || what === 'faults in update' || what === 'differences'
  return grows ? { plan: player.larger } : undefined
}
