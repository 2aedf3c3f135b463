import { randomBytes } from 'node:crypto'
import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { isObject } from '../../src/contract/read.ts'
import { family } from '../../src/families/object-storage/index.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import {
  accessOf,
  askAdmin,
  boundBucket,
  bucketAt,
  bucketNames,
  keysOf,
  succeeds
} from '../../test/support/buckets.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../../test/support/radosgw.ts'
import { adapter } from './index.ts'

const ONE_KEY = "every binding gets the account's own key, and nothing takes that back"
const ONE_REGION = 'an endpoint has one region'
const NO_SESSIONS = 'every request to a bucket is signed by itself: there are no sessions'
const NEVER_BROKEN = 'a bucket is there or it is not: create never ends as broken'

driverConformance({
  name: 's3/object-storage',
  open: () => harness('s3-keys', { keys: 'radosgw-admin' }, {}),
  skip: { broken: NEVER_BROKEN, 'two regions': ONE_REGION, 'sessions end at unbind': NO_SESSIONS },
  sample: 6
})

driverConformance({
  name: 's3/object-storage, one key for all',
  open: () => harness('s3-none', {}, { sharedAccount: true }),
  skip: {
    broken: NEVER_BROKEN,
    'two regions': ONE_REGION,
    'sessions end at unbind': NO_SESSIONS,
    'lost answers': ONE_KEY,
    'crash between steps': ONE_KEY,
    'bind and unbind twice': ONE_KEY,
    'two bindings': ONE_KEY,
    'two instances': ONE_KEY,
    'unbind without a grant': ONE_KEY,
    'faults in bind': ONE_KEY,
    'faults in unbind': ONE_KEY
  },
  sample: 6
})

/** An account of that name, made once; another one that is somebody else. */
const accounts = new Map<string, Promise<StoreKey>>()

function accountNamed(store: ObjectStore, name: string, caps?: string): Promise<StoreKey> {
  const made = accounts.get(name) ?? store.account(name, caps)
  accounts.set(name, made)
  return made
}

async function harness(account: string, settings: JsonObject, plan: JsonObject): Promise<Harness> {
  const store = await objectStore()
  const key = await accountNamed(store, account, 'users=*')
  const stranger = await accountNamed(store, `${account}-stranger`)
  const checked = {
    endpoint: store.endpoint,
    region: 'here',
    s3Region: store.region,
    network: 'private',
    ...key,
    ...settings
  }
  const planted: string[] = []
  const keeper = bucketAt(accessOf(store, key, `${account}-keeper`))
  const mend = async () => {
    await askAdmin(store, 'POST', `user?uid=${account}&max-buckets=1000`)
    await askAdmin(store, 'PUT', `user?caps&uid=${account}&user-caps=users%3D*`)
    await keeper.delete().catch(() => undefined)
  }
  return {
    ping: (call) => adapter.open(checked).ping(call),
    openDriver: () => {
      const driver = adapter.open(checked).drivers['object-storage']
      if (!driver) throw new Error('no such driver')
      return driver
    },
    family: family as unknown as Family,
    order: { region: 'here', plan, parameters: {} },
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: () => standing(store, account, key),
    logins: () => keysOf(store),
    tryLogin: (credentials) => succeeds(boundBucket(credentials).versions(1)),
    tryWrite: (credentials) => succeeds(boundBucket(credentials).put(randomBytes(6).toString('hex'), 'v')),
    tryAccess: (access) => succeeds(bucketAt(access as ObjectStorageAccess).head()),
    stage: (scene) => stage(store, account, scene, async () => keeper.create()),
    unstage: mend,
    plantForeign: async (name) => {
      await bucketAt(accessOf(store, stranger, name)).create()
      planted.push(name)
    },
    remark: (name) => bucketAt(accessOf(store, key, name)).setTags({ owner: 'somebody else' }),
    secrets: [key.secretAccessKey],
    providerMakesSecrets: true,
    close: async () => {
      await mend()
      for (const name of planted.splice(0)) await bucketAt(accessOf(store, stranger, name)).delete()
    }
  }
}

async function stage(
  store: ObjectStore,
  account: string,
  scene: Scene,
  fill: () => Promise<void>
): Promise<Partial<OrderDetails> | undefined> {
  if (scene === 'update' || scene === 'faults in update') return { parameters: { versioning: true } }
  if (scene === 'quota' || (scene === 'faults in failed create' && account === 's3-none')) {
    await fill()
    await askAdmin(store, 'POST', `user?uid=${account}&max-buckets=1`)
  } else if (scene === 'faults in failed create') {
    // The bucket is made, its users are refused.
    await askAdmin(store, 'DELETE', `user?caps&uid=${account}&user-caps=users%3Dwrite`)
  }
  return undefined
}

/** One line for everything that carries one name: the bucket, its owner, tags and settings, and its users. */
async function standing(store: ObjectStore, account: string, key: StoreKey): Promise<readonly string[]> {
  const { buckets, users } = await bucketNames(store)
  const names = new Set([...buckets, ...users].map((name) => name.slice(0, 21)))
  const lines = [...names].filter((name) => /^p[a-z2-7]{20}$/.test(name)).toSorted()
  return Promise.all(
    lines.map(async (name) => {
      const own = users.filter((user) => user.startsWith(name))
      if (!buckets.includes(name)) return JSON.stringify([name, 'no bucket', own])
      const { body } = await askAdmin(store, 'GET', `bucket?bucket=${name}`)
      const owner = isObject(body) ? body['owner'] : undefined
      if (owner !== account) return JSON.stringify([name, owner ?? 'nobody', own])
      const bucket = bucketAt(accessOf(store, key, name))
      return JSON.stringify([
        name,
        await bucket.tags(),
        await bucket.versioning(),
        await bucket.policy(),
        own
      ])
    })
  )
}
