import type { JsonObject } from '../../../src/contract/json.ts'
import { type FakeProcess, startFake } from '../../../test/support/fake/start.ts'
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
    readonly protected: boolean
    readonly foreign: boolean
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
}

const PROJECT = '0123456789abcdef0123456789abcdef'
const CLIENT = { clientId: 'EU.0123456789abcdef', clientSecret: '9f86d081884c7d659a2feaa0c55ad015' }
const APPLICATION = {
  applicationKey: '7kbG7Bk7S9Nt7ZSV',
  applicationSecret: 'EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF',
  consumerKey: 'MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1'
}

/**
 * Starts the fake as a process of its own that ends with this one. `ownServers`: a real server for each service, where its administrator
 * really is called `avnadmin`; a switch needs that. Else they share one, which is quicker. `warm`: engines whose first server is started
 * now; else by the first who asks for a service.
 */
export async function startFakeOvhcloud({
  ownServers = false,
  warm = []
}: {
  readonly ownServers?: boolean
  readonly warm?: readonly string[]
} = {}): Promise<FakeOvhcloud> {
  const words = Object.entries({ project: PROJECT, ...CLIENT, ...APPLICATION }).flatMap(([name, value]) => [
    `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value
  ])
  const fake = await startFake<Scene>(import.meta.url, [
    ...words,
    ...(ownServers ? ['--own-servers'] : []),
    ...warm.flatMap((engine) => ['--warm', engine])
  ])
  const instruct = async (path: string, body?: object) => {
    await fake.tell('POST', path, body)
  }
  return {
    ...fake,
    settings: { endpoint: fake.url, project: PROJECT, ...CLIENT, network: 'private', listLagSeconds: 2 },
    applicationKeys: APPLICATION,
    state: async () => (await fake.tell('GET', '/state')) as FakeState,
    addForeign: async (description, engine = 'postgresql') =>
      ((await fake.tell('POST', '/foreign', { description, engine })) as { id: string }).id,
    setStatus: (id, status) => instruct('/status', { id, status }),
    describe: (id, description) => instruct('/describe', { id, description }),
    protect: (id) => instruct('/protect', { id }),
    expire: () => instruct('/expire')
  }
}
