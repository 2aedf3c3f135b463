import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'

const PLAN = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }
const LARGER = { plan: 'business', version: '16', flavor: 'db1-7', nodes: 2, diskGb: 200 }
const LAG_SECONDS = 60
/** New services are in no list for longer than any pause between two attempts, but less than the declared lag. */
const LAGGING = { hiddenSeconds: LAG_SECONDS - 5, hiddenGets: 1 }

let fake: FakeOvhcloud | undefined

before(async function () {
  this.timeout(60_000)
  fake = await startFakeOvhcloud()
})
after(() => fake?.stop())

driverConformance({ name: 'ovhcloud/postgresql', open: () => ovhcloud({}), sample: 4 })
driverConformance({
  name: 'ovhcloud/postgresql, seen late',
  open: () => ovhcloud(LAGGING),
  only: ['lost answers', 'destroy from every handle', 'faults in create', 'faults in failed create'],
  sample: 2
})

async function ovhcloud(scene: object): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene({ looks: 1, ...scene })
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers['postgresql']
      if (!driver) throw new Error('no such driver')
      return driver
    },
    family: family as unknown as Family,
    order: { region: 'GRA', plan: PLAN, parameters: {}, allowFrom: ['203.0.113.0/24'] },
    dedicated: true,
    providerMakesOwnersSecret: true,
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: async () => {
      const { services } = await provider.state()
      // The state passes by itself; a line changes only when the service does.
      return services.map((each) => JSON.stringify({ ...each, status: undefined }))
    },
    logins: async () => (await provider.state()).roles.filter((name) => /^b[a-z2-7]{20}$/.test(name)),
    tryLogin: (credentials) => succeeds(clientOf(credentials), 'SELECT 1'),
    tryWrite: (credentials) =>
      succeeds(clientOf(credentials), `CREATE TABLE t${randomBytes(6).toString('hex')} (n integer)`),
    tryAccess: async (access) => succeeds(clientOf(loginOf(access as PostgresqlAccess)), 'SELECT 1'),
    stage: (what) => stage(provider, { looks: 1, ...scene }, what),
    plantForeign: async (name) => {
      await provider.addForeign(name)
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
  provider: FakeOvhcloud,
  scene: object,
  what: Scene
): Promise<Partial<OrderDetails> | undefined> {
  if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
  if (what === 'broken' || what === 'faults in failed create') {
    await provider.setScene({ ...scene, halfCreated: 10_000 })
  }
  const updates = what === 'update' || what === 'faults in update'
  return updates ? { plan: LARGER } : undefined
}

function loginOf({ host, port, database, user, password, tls }: PostgresqlAccess): JsonObject {
  return { host, port, database, username: user, password, ...(tls?.ca && { sslrootcert: tls.ca }) }
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
