import type { JsonObject } from '../../../src/contract/json.ts'
import { type FakeProcess, startFake } from '../../../test/support/fake/start.ts'
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
  setTags(id: string, tags: readonly string[]): Promise<void>
}

const TOKEN = '22222222-2222-4222-8222-222222222222'
const PROJECT = '11111111-1111-4111-8111-111111111111'

/** Starts the fake as a process of its own that ends with this one. */
export async function startFakeScaleway(): Promise<FakeScaleway> {
  const fake = await startFake<Scene>(import.meta.url, ['--token', TOKEN, '--project', PROJECT])
  return {
    ...fake,
    settings: {
      secretKey: TOKEN,
      projectId: PROJECT,
      apiUrl: fake.url,
      hostTemplate: 'localhost',
      network: 'private',
      listLagSeconds: 2
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
    }
  }
}
