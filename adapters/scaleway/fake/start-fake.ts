import type { JsonObject } from '../../../src/contract/json.ts'
import { type FakeProcess, startFake } from '../../../test/support/fake/start.ts'
import type { GivenStore } from './object-backing.ts'
import type { Scene } from './scene.ts'

export interface FakeState {
  readonly instances: readonly {
    readonly id: string
    readonly region: string
    readonly name: string
    readonly status: string
    readonly tags: readonly string[]
    readonly nodeType: string
    readonly volumeSize: number
    readonly highAvailability: boolean
    readonly rules: readonly string[]
    readonly databases: readonly string[]
    readonly foreign: boolean
  }[]
  readonly clusters: readonly {
    readonly id: string
    readonly zone: string
    readonly name: string
    readonly status: string
    readonly tags: readonly string[]
    readonly nodeType: string
    readonly size: number
    readonly rules: readonly string[]
  }[]
  readonly applications: readonly {
    readonly id: string
    readonly name: string
    readonly tags: readonly string[]
  }[]
  readonly policies: readonly {
    readonly id: string
    readonly name: string
    readonly tags: readonly string[]
    readonly permissionSets: readonly string[]
    readonly application: string | null
  }[]
  readonly apiKeys: readonly {
    readonly id: string
    readonly application: string
    readonly description: string
  }[]
  readonly buckets: readonly {
    readonly name: string
    readonly region: string
    readonly foreign: boolean
    readonly policy: JsonObject | null
    readonly tags: Readonly<Record<string, string>>
    readonly versioning: string
  }[]
  readonly redisUsers: readonly string[]
  /** Of the servers behind it, beyond what a new one has. */
  readonly databases: readonly string[]
  readonly roles: readonly string[]
  /** `POST /rdb/v1/regions/fr-par/instances` and so on, ids as `{id}`. */
  readonly counters: Readonly<Record<string, number>>
}

export interface FakeScaleway extends FakeProcess<Scene> {
  /** What `open` of the adapter wants, to reach this fake. */
  readonly settings: JsonObject
  state(): Promise<FakeState>
  addForeign(instance: {
    name: string
    region?: string
    tags?: readonly string[]
    engine?: string
  }): Promise<string>
  /** In fr-par-1. */
  addForeignCluster(cluster: { name: string; tags?: readonly string[] }): Promise<void>
  /** Starts what is behind instances of this engine (or `Redis`); else the first order does. */
  start(engine: string): Promise<void>
  setStatus(id: string, status: string): Promise<void>
  /** Of an instance, a cluster, an application or a policy of IAM. */
  setTags(id: string, tags: readonly string[]): Promise<void>
  /** Buckets are to stand in this radosgw; else the first of them starts one. */
  useStore(store: GivenStore): Promise<void>
  /** A bucket of another organisation, in fr-par. */
  addForeignBucket(name: string): Promise<void>
  /** As the organisation's owner does it, past everything. */
  setBucketTags(name: string, tags: Readonly<Record<string, string>>): Promise<void>
  setBucketPolicy(name: string, policy: JsonObject | null): Promise<void>
  removeApplication(id: string): Promise<void>
}

const TOKEN = '22222222-2222-4222-8222-222222222222'
export const PROJECT = '11111111-1111-4111-8111-111111111111'
const ORGANIZATION = '44444444-4444-4444-8444-444444444444'
const ACCESS_KEY = 'SCWPORTOLANBROKER000'

const WORDS = Object.entries({
  token: TOKEN,
  'access-key': ACCESS_KEY,
  project: PROJECT,
  organization: ORGANIZATION
}).flatMap(([name, value]) => [`--${name}`, value])

/** Starts the fake as a process of its own that ends with this one. */
export async function startFakeScaleway(): Promise<FakeScaleway> {
  const fake = await startFake<Scene>(import.meta.url, WORDS)
  return {
    ...fake,
    settings: {
      secretKey: TOKEN,
      projectId: PROJECT,
      apiUrl: fake.url,
      hostTemplate: 'localhost',
      network: 'private',
      listLagSeconds: 2,
      objectStorage: {
        accessKey: ACCESS_KEY,
        organizationId: ORGANIZATION,
        endpoint: String(fake.greeting['s3Url'])
      }
    },
    state: async () => (await fake.tell('GET', '/state')) as FakeState,
    addForeign: async (instance) => ((await fake.tell('POST', '/foreign', instance)) as { id: string }).id,
    async addForeignCluster(cluster) {
      await fake.tell('POST', '/foreign-cluster', cluster)
    },
    async start(engine) {
      await fake.tell('POST', '/start', { engine })
    },
    async setStatus(id, status) {
      await fake.tell('POST', '/status', { id, status })
    },
    async setTags(id, tags) {
      await fake.tell('POST', '/tags', { id, tags })
    },
    async useStore({ endpoint, region, owner }) {
      await fake.tell('POST', '/store', { endpoint, region, owner })
    },
    async addForeignBucket(name) {
      await fake.tell('POST', '/foreign-bucket', { name })
    },
    async setBucketTags(name, tags) {
      await fake.tell('POST', '/bucket-tags', { name, tags })
    },
    async setBucketPolicy(name, policy) {
      await fake.tell('POST', '/bucket-policy', { name, policy })
    },
    async removeApplication(id) {
      await fake.tell('POST', '/remove-application', { id })
    }
  }
}
