import { gzipSync } from 'node:zlib'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Account, PlatformConfig } from '../../src/domain/account.ts'
import type { Answer, Caller } from '../../src/domain/caller.ts'
import type { Edge, HealthReport } from '../../src/http/edge.ts'
import type { ApiRoute } from '../../src/http/route.ts'
import { type EdgeServer, type Listening, startServer } from '../../src/http/server.ts'
import { authenticator } from '../../src/identity/authenticate.ts'
import { createLog, withoutFieldNet } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import type { Broker } from '../../src/service/broker.ts'

export const PASSWORD = 'p-7Qv1sXkz0w3LmTfJ8'
export const OPERATOR_PASSWORD = 'o-4Hd9rYc2b6NnUgK5'
export const CATALOG_TEXT = JSON.stringify({ services: [{ name: 'postgresql' }] })

/** What reached the broker. */
export interface Heard {
  readonly call: keyof Broker
  readonly caller: Caller
  readonly rest: readonly unknown[]
}

export interface TestEdge {
  readonly url: string
  readonly server: EdgeServer
  readonly heard: Heard[]
  readonly lines: string[]
  /** What the broker does next; set by a test. */
  answer: (heard: Heard) => Answer | Promise<Answer>
  health: HealthReport
  fetch(path: string, options?: RequestOptions): Promise<Response>
}

export interface RequestOptions {
  readonly method?: string
  /** A value `undefined` leaves a usual header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string | Uint8Array
}

export interface EdgeOptions {
  readonly listening?: Partial<Listening>
  readonly versions?: Edge['versions']
  readonly recovery?: Edge['recovery']
  readonly api?: readonly ApiRoute[]
  readonly operators?: readonly Account[]
  readonly platforms?: readonly PlatformConfig[]
}

export function platformConfig(name: string, login: Account): PlatformConfig {
  return { name, logins: [login], sees: {}, quotas: {}, allowFrom: [] }
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

export const CF = basic('cf', PASSWORD)
export const OPERATOR = basic('operator', OPERATOR_PASSWORD)

/** The real edge on a free port, over a broker that remembers what it was asked. */
export async function startEdge(options: EdgeOptions = {}): Promise<TestEdge> {
  const heard: Heard[] = []
  const lines: string[] = []
  const scene: Pick<TestEdge, 'answer' | 'health'> = {
    answer: () => ({ status: 200, body: {} }),
    health: { ready: true, details: { store: 'answers' } }
  }
  const log = createLog({
    level: 'trace',
    secrets: [PASSWORD, OPERATOR_PASSWORD],
    destination: { write: (line) => void lines.push(line) }
  })
  const edge: Edge = {
    broker: fakeBroker(heard, (call) => scene.answer(call)),
    catalog: catalogBytes(),
    authenticate: authenticator({
      platforms: options.platforms ?? [platformConfig('cf', { username: 'cf', password: PASSWORD })],
      operators: options.operators ?? [{ username: 'operator', password: OPERATOR_PASSWORD }]
    }),
    log,
    requestLog: withoutFieldNet(log),
    metrics: createMetrics(),
    health: { check: async () => scene.health },
    isOutage: (error) => error instanceof Error && error.message === 'the store is away',
    api: options.api ?? [],
    recovery: options.recovery ?? { reason: () => undefined },
    versions: options.versions ?? { minimum: '2.11', missingStatus: 400 }
  }
  const server = await startServer(edge, { host: '127.0.0.1', port: 0, ...options.listening })
  return Object.assign(scene, { url: server.url, server, heard, lines, fetch: fetcher(server.url) })
}

function fetcher(url: string): TestEdge['fetch'] {
  return (path, { method = 'GET', headers = {}, body } = {}) => {
    const usual = { Authorization: CF, 'X-Broker-API-Version': '2.17', ...(body !== undefined && JSON_TYPE) }
    const all = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined)
    return fetch(url + path, {
      method,
      headers: Object.fromEntries(all) as Record<string, string>,
      redirect: 'manual',
      ...(body !== undefined && { body })
    })
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

export async function json(response: Response): Promise<JsonObject> {
  return (await response.json()) as JsonObject
}

/** The ten routes of OSB, each with a request that is faultless but for what a test changes. */
export const OSB_ROUTES: readonly { method: string; path: string; body?: string }[] = [
  { method: 'GET', path: '/v2/catalog' },
  { method: 'PUT', path: '/v2/service_instances/i1', body: '{"service_id":"s"}' },
  { method: 'PATCH', path: '/v2/service_instances/i1', body: '{"service_id":"s"}' },
  { method: 'GET', path: '/v2/service_instances/i1' },
  { method: 'DELETE', path: '/v2/service_instances/i1?service_id=s&plan_id=p' },
  { method: 'GET', path: '/v2/service_instances/i1/last_operation' },
  { method: 'PUT', path: '/v2/service_instances/i1/service_bindings/b1', body: '{"service_id":"s"}' },
  { method: 'GET', path: '/v2/service_instances/i1/service_bindings/b1' },
  { method: 'DELETE', path: '/v2/service_instances/i1/service_bindings/b1?service_id=s&plan_id=p' },
  { method: 'GET', path: '/v2/service_instances/i1/service_bindings/b1/last_operation' }
]

function fakeBroker(heard: Heard[], answer: (heard: Heard) => Answer | Promise<Answer>): Broker {
  const serve =
    (call: keyof Broker) =>
    async (caller: Caller, ...rest: unknown[]): Promise<Answer> => {
      const entry = { call, caller, rest }
      heard.push(entry)
      return answer(entry)
    }
  return {
    provision: serve('provision'),
    update: serve('update'),
    fetchInstance: serve('fetchInstance'),
    deprovision: serve('deprovision'),
    lastOperation: serve('lastOperation'),
    bind: serve('bind'),
    fetchBinding: serve('fetchBinding'),
    unbind: serve('unbind'),
    lastBindingOperation: serve('lastBindingOperation')
  }
}

function catalogBytes(): Edge['catalog'] {
  const identity = Buffer.from(CATALOG_TEXT)
  const bytes = { etag: '"c1"', identity, gzip: gzipSync(identity) }
  return { bytesFor: () => bytes }
}
