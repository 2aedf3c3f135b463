import { randomBytes } from 'node:crypto'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { Family } from '../../../src/contract/family.ts'
import { family } from '../../../src/families/object-storage/index.ts'
import { driverConformance } from '../../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../../test/conformance/harness.ts'
import { realPorts } from '../../../test/conformance/ports.ts'
import { boundBucket, bucketAt, succeeds } from '../../../test/support/buckets.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from '../fake/start-fake.ts'
import { adapter } from '../index.ts'
import { readUserDescription } from './description.ts'

const LAG_SECONDS = 12
/** New users and buckets are in no list for longer than any pause between two attempts, but less than the declared lag. */
const LAGGING = { hiddenSeconds: LAG_SECONDS - 2 }

let fake: FakeOvhcloud | undefined

before(async function () {
  this.timeout(180_000)
  fake = await startFakeOvhcloud({ store: await objectStore() })
})
after(() => fake?.stop())

driverConformance({
  name: 'ovhcloud/object-storage',
  open: () => harness(),
  skip: {
    broken: 'a bucket is there or it is not: create never ends as broken',
    'sessions end at unbind': 'every request to a bucket is signed by itself: there are no sessions',
    'list of many pages': "OVHcloud's lists have no pages"
  },
  sample: 1
})
driverConformance({
  name: 'ovhcloud/object-storage, seen late',
  open: () => harness(LAGGING),
  only: ['lost answers', 'destroy from every handle', 'faults in create', 'faults in bind'],
  sample: 1
})

async function harness(scene: object = {}): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene({ looks: 1, ...scene })
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers['object-storage']
      if (!driver) throw new Error('no such driver')
      return driver
    },
    ping: (call) => adapter.open(provider.settings).ping(call),
    family: family as unknown as Family,
    order: { region: 'GRA', plan: {}, parameters: {} },
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: () => standing(provider),
    logins: async () => (await provider.state()).users.flatMap(({ description }) => loginIn(description)),
    tryLogin: (credentials) => succeeds(boundBucket(credentials).versions(1)),
    tryWrite: (credentials) => succeeds(boundBucket(credentials).put(randomBytes(6).toString('hex'), 'v')),
    tryAccess: (access) => succeeds(bucketAt(access as ObjectStorageAccess).head()),
    stage: (what) => stage(provider, { looks: 1, ...scene }, what),
    regionOf: async (name) => (await provider.state()).buckets.find((each) => each.name === name)?.region,
    plantForeign: (name) => provider.addForeignBucket(name, { owner: 'somebody else' }),
    remark: (name) => provider.retag(name, { owner: 'somebody else' }),
    advanceTime: (seconds) => provider.advance(seconds),
    secrets: [String(provider.settings['clientSecret'])],
    providerMakesSecrets: true
  }
}

async function stage(
  provider: FakeOvhcloud,
  scene: object,
  what: Scene
): Promise<Partial<OrderDetails> | undefined> {
  if (what === 'two regions') return { region: 'SBG' }
  // The owner is made, its bucket is refused.
  if (what === 'quota' || what === 'faults in failed create')
    await provider.setScene({ ...scene, buckets: 0 })
  const updates = what === 'update' || what === 'faults in update'
  return updates ? { parameters: { versioning: true } } : undefined
}

function loginIn(description: string): readonly string[] {
  const role = readUserDescription(description)?.role
  return role?.kind === 'binding' ? [role.login] : []
}

/** One line for everything of one name: the bucket with its tags and settings, and its owners. */
async function standing(provider: FakeOvhcloud): Promise<readonly string[]> {
  const { users, buckets } = await provider.state()
  const described = users.flatMap(({ description, policy }) => {
    const read = readUserDescription(description)
    return read ? [{ ...read, policy }] : []
  })
  const names = [...described, ...buckets].map(({ name }) => name)
  return [...new Set(names)].toSorted().map((name) => {
    const owners = described.filter((each) => each.name === name && each.role.kind === 'owner')
    const bucket = buckets.find((each) => each.name === name)
    return JSON.stringify([name, bucket?.tags, bucket?.versioning, owners])
  })
}
