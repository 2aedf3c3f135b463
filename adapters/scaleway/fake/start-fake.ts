import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../../src/contract/json.ts'
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
  /** Of the PostgreSQL server behind it, beyond what a new one has. */
  readonly databases: readonly string[]
  readonly roles: readonly string[]
  /** `POST /rdb/v1/regions/fr-par/instances` and so on, ids as `{id}`. */
  readonly counters: Readonly<Record<string, number>>
}

export interface FakeScaleway {
  readonly url: string
  readonly pid: number
  /** What `open` of the adapter wants, to reach this fake. */
  readonly settings: JsonObject
  setScene(scene: Partial<Scene>): Promise<void>
  state(): Promise<FakeState>
  addForeign(instance: { name: string; region?: string; tags?: readonly string[] }): Promise<string>
  setStatus(id: string, status: string): Promise<void>
  setTags(id: string, tags: readonly string[]): Promise<void>
  /** Moves its clock. */
  advance(seconds: number): Promise<void>
  reset(): Promise<void>
  stop(): Promise<void>
}

const TOKEN = '22222222-2222-4222-8222-222222222222'
const PROJECT = '11111111-1111-4111-8111-111111111111'

/** Starts the fake as a process of its own that ends with this one. */
export async function startFakeScaleway(): Promise<FakeScaleway> {
  const program = fileURLToPath(import.meta.url).replace(/start-fake\.(ts|js)$/, 'server.$1')
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : []
  const words = [...loader, program, '--token', TOKEN, '--project', PROJECT, '--until-stdin-closes']
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => text as string),
    ended.then(([code]) => Promise.reject(new Error(`the fake ended with ${code}`)))
  ])
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    pid: child.pid ?? 0,
    settings: {
      secretKey: TOKEN,
      projectId: PROJECT,
      apiUrl: url,
      hostTemplate: 'localhost',
      network: 'private',
      listLagSeconds: 2
    },
    async setScene(scene) {
      await tell(url, 'PUT', '/scene', scene)
    },
    state: async () => (await tell(url, 'GET', '/state')) as FakeState,
    addForeign: async (instance) => ((await tell(url, 'POST', '/foreign', instance)) as { id: string }).id,
    async setStatus(id, status) {
      await tell(url, 'POST', '/status', { id, status })
    },
    async setTags(id, tags) {
      await tell(url, 'POST', '/tags', { id, tags })
    },
    async advance(seconds) {
      await tell(url, 'POST', '/advance', { seconds })
    },
    async reset() {
      await tell(url, 'POST', '/reset')
    },
    async stop() {
      child.stdin.end()
      await ended
    }
  }
}

async function tell(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}/_control${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {})
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
  return answer.status === 204 ? undefined : answer.json()
}
