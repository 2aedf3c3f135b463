import { randomBytes } from 'node:crypto'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { Family } from '../../../src/contract/family.ts'
import { family } from '../../../src/families/object-storage/index.ts'
import { driverConformance } from '../../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../../test/conformance/harness.ts'
import { realPorts } from '../../../test/conformance/ports.ts'
import { boundBucket, bucketAt, succeeds } from '../../../test/support/buckets.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { type FakeScaleway, startFakeScaleway } from '../fake/start-fake.ts'
import { adapter } from '../index.ts'

const LAG_SECONDS = 60
/** New things of IAM are in no list for longer than any pause between two attempts, but less than the declared lag. */
const LAGGING = { hiddenSeconds: LAG_SECONDS - 5, strangers: 1 }

let fake: FakeScaleway | undefined

before(async function () {
  this.timeout(180_000)
  const [store, started] = await Promise.all([objectStore(), startFakeScaleway()])
  fake = started
  await fake.useStore(store)
})
after(() => fake?.stop())

driverConformance({
  name: 'scaleway/object-storage',
  open: () => harness(),
  skip: {
    broken: 'a bucket is there or it is not: create never ends as broken',
    'sessions end at unbind': 'every request to a bucket is signed by itself: there are no sessions',
    'list of many pages': 'one answer has the buckets of all, and IAM is asked for one bucket at a time'
  },
  sample: 4
})
driverConformance({
  name: 'scaleway/object-storage, seen late',
  open: () => harness(LAGGING),
  only: ['destroy from every handle', 'faults in create', 'faults in bind', 'faults in unbind'],
  sample: 3
})

async function harness(scene: object = {}): Promise<Harness> {
  if (!fake) throw new Error('the fake was not started')
  const provider = fake
  await provider.reset()
  await provider.setScene(scene)
  return {
    openDriver: () => {
      const settings = { ...provider.settings, listLagSeconds: LAG_SECONDS }
      const driver = adapter.open(settings).drivers['object-storage']
      if (!driver) throw new Error('no such driver')
      return driver
    },
    ping: (call) => adapter.open(provider.settings).ping(call),
    family: family as unknown as Family,
    order: { region: 'fr-par', plan: {}, parameters: {}, allowFrom: ['203.0.113.0/24'] },
    dedicated: true,
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: () => standing(provider),
    logins: async () => (await provider.state()).apiKeys.map(({ id }) => id),
    tryLogin: (credentials) => succeeds(boundBucket(credentials).versions(1)),
    tryWrite: (credentials) => succeeds(boundBucket(credentials).put(randomBytes(6).toString('hex'), 'v')),
    tryAccess: (access) => succeeds(bucketAt(access as ObjectStorageAccess).head()),
    stage: (what) => stage(provider, scene, what),
    regionOf: async (name) => (await provider.state()).buckets.find((each) => each.name === name)?.region,
    plantForeign: (name) => provider.addForeignBucket(name),
    remark: (name) => provider.setBucketTags(name, { owner: 'somebody else' }),
    advanceTime: (seconds) => provider.advance(seconds),
    secrets: [String(provider.settings['secretKey'])],
    providerMakesSecrets: true
  }
}

async function stage(
  provider: FakeScaleway,
  scene: object,
  what: Scene
): Promise<Partial<OrderDetails> | undefined> {
  if (what === 'two regions') return { region: 'nl-ams' }
  if (what === 'quota') await provider.setScene({ ...scene, quota: 0 })
  // The bucket is made, an application of it is refused.
  if (what === 'faults in failed create') await provider.setScene({ ...scene, iamQuota: 1 })
  const updates = what === 'update' || what === 'faults in update'
  return updates ? { parameters: { versioning: true } } : undefined
}

/** One line for everything that carries one name: the bucket, and what IAM has for it. */
async function standing(provider: FakeScaleway): Promise<readonly string[]> {
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
