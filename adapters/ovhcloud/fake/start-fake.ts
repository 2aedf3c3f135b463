import type { JsonObject } from '../../../src/contract/json.ts'
import type { ObjectStoreAddress } from '../../../test/support/buckets.ts'
import { type FakeProcess, startFake } from '../../../test/support/fake/start.ts'
import type { ObjectStore } from '../../../test/support/radosgw.ts'
import { CAPABILITIES } from './object-store.ts'
import type { FakeNetwork } from './offers.ts'
import type { Scene } from './scene.ts'

export interface FakeState {
  readonly services: readonly {
    readonly id: string
    readonly engine: string
    readonly description: string
    readonly status: string
    readonly region: string
    readonly plan: string
    readonly version: string
    readonly flavor: string
    readonly nodes: number
    readonly diskGb: number
    readonly rules: readonly string[]
    readonly network: FakeNetwork | null
    readonly protected: boolean
    readonly foreign: boolean
  }[]
  /** Of the project. */
  readonly users: readonly {
    readonly id: number
    readonly description: string
    readonly status: string
    /** As it was sent; empty for none. */
    readonly policy: string
    readonly keys: readonly string[]
  }[]
  readonly buckets: readonly {
    readonly name: string
    readonly region: string
    readonly owner: number
    readonly tags: Readonly<Record<string, string>>
    readonly versioning: { readonly status: string }
  }[]
  /** Of the servers behind it, beyond what new ones have. */
  readonly databases: readonly string[]
  readonly roles: readonly string[]
  /** `POST /1.0/cloud/project/…/database/postgresql` and so on, ids as `{id}`. */
  readonly counters: Readonly<Record<string, number>>
}

export interface FakeOvhcloud extends FakeProcess<Scene> {
  /** What `open` of the adapter wants, to reach this fake as a service account. */
  readonly settings: JsonObject
  /** Instead of `clientId` and `clientSecret`: the keys of an application. */
  readonly applicationKeys: JsonObject
  state(): Promise<FakeState>
  addForeign(description: string, engine?: string): Promise<string>
  setStatus(id: string, status: string): Promise<void>
  describe(id: string, description: string): Promise<void>
  /** Switches its deletion protection on. */
  protect(id: string): Promise<void>
  /** Ends every token. */
  expire(): Promise<void>
  /** A user of the project that is somebody else's. */
  addForeignUser(description: string): Promise<number>
  /** A bucket of the project that is somebody else's. */
  addForeignBucket(name: string, tags: Readonly<Record<string, string>>): Promise<void>
  describeUser(id: number, description: string): Promise<void>
  setUserStatus(id: number, status: string): Promise<void>
  retag(name: string, tags: Readonly<Record<string, string>>): Promise<void>
  /** Removes all keys of a user of the project. */
  takeKeys(id: number): Promise<void>
  /** Keys that were late work from now on. */
  admitKeys(): Promise<void>
}

export const PROJECT = '0123456789abcdef0123456789abcdef'
const CLIENT = { clientId: 'EU.0123456789abcdef', clientSecret: '9f86d081884c7d659a2feaa0c55ad015' }
export const APPLICATION = {
  applicationKey: '7kbG7Bk7S9Nt7ZSV',
  applicationSecret: 'EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF',
  consumerKey: 'MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1'
}

/**
 * Starts the fake as a process of its own that ends with this one. `ownServers`: a real server for each service, where its administrator
 * really is called `avnadmin`; a switch needs that. Else they share one, which is quicker. `warm`: engines whose first server is started
 * now; else by the first who asks for a service. `store`: behind its buckets, which it has not without one.
 */
export async function startFakeOvhcloud({
  ownServers = false,
  warm = [],
  store
}: {
  readonly ownServers?: boolean
  readonly warm?: readonly string[]
  readonly store?: ObjectStore
} = {}): Promise<FakeOvhcloud> {
  const words = Object.entries({ project: PROJECT, ...CLIENT, ...APPLICATION }).flatMap(([name, value]) => [
    `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value
  ])
  const fake = await startFake<Scene>(import.meta.url, [
    ...words,
    ...(ownServers ? ['--own-servers'] : []),
    ...warm.flatMap((engine) => ['--warm', engine]),
    ...(store ? ['--store', JSON.stringify(await addressOf(store))] : [])
  ])
  const instruct = async (path: string, body?: object) => {
    await fake.tell('POST', path, body)
  }
  return {
    ...fake,
    settings: {
      endpoint: fake.url,
      // Nobody listens where no store was given: a test must never ask OVHcloud itself.
      storageEndpoint: store?.endpoint ?? 'http://127.0.0.1:9',
      project: PROJECT,
      ...CLIENT,
      network: 'private',
      listLagSeconds: 2
    },
    applicationKeys: APPLICATION,
    state: async () => (await fake.tell('GET', '/state')) as FakeState,
    addForeign: async (description, engine = 'postgresql') =>
      ((await fake.tell('POST', '/foreign', { description, engine })) as { id: string }).id,
    setStatus: (id, status) => instruct('/status', { id, status }),
    describe: (id, description) => instruct('/describe', { id, description }),
    protect: (id) => instruct('/protect', { id }),
    expire: () => instruct('/expire'),
    addForeignUser: async (description) =>
      ((await fake.tell('POST', '/foreign-user', { description })) as { id: number }).id,
    addForeignBucket: (name, tags) => instruct('/foreign-bucket', { name, region: 'GRA', tags }),
    describeUser: (id, description) => instruct('/describe-user', { id, description }),
    setUserStatus: (id, status) => instruct('/user-status', { id, status }),
    retag: (name, tags) => instruct('/retag', { name, tags }),
    takeKeys: (id) => instruct('/take-keys', { id }),
    admitKeys: () => instruct('/keys')
  }
}

/** One for all fakes of a store. */
const addresses = new WeakMap<ObjectStore, Promise<ObjectStoreAddress>>()

function addressOf(store: ObjectStore): Promise<ObjectStoreAddress> {
  const { endpoint, region, account } = store
  const known =
    addresses.get(store) ?? account('ovhcloud', CAPABILITIES).then((owner) => ({ endpoint, region, owner }))
  addresses.set(store, known)
  return known
}
