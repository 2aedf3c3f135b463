import { Agent, request } from 'node:http'
import type { JsonObject } from '../../src/contract/json.ts'
import { keepSecret } from './journal.ts'

export interface OsbLogin {
  readonly username: string
  readonly password: string
}

export interface OsbAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** As it was sent. */
  readonly text: string
  /** Parsed; `{}` for what is not a JSON object. */
  readonly body: JsonObject
}

export interface OsbRequest {
  readonly method: string
  readonly path: string
  readonly body?: JsonObject | string | Buffer
  /** A value `undefined` leaves a usual header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export interface OsbClient {
  /** Rejects when no answer came. */
  send(request: OsbRequest): Promise<OsbAnswer>
}

const TIMEOUT_MS = 60_000

/** A platform with basic login; every secret it hears of is kept in the journal. Each request has a connection of its own. */
export function osbClient(url: string | (() => string), login: OsbLogin, version = '2.17'): OsbClient {
  keepSecret(login.password, `${login.username}:${login.password}`)
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  const agent = new Agent({ keepAlive: false })
  return {
    async send({ method, path, body, headers = {} }) {
      const bytes = bytesOf(body)
      const all = {
        authorization,
        'x-broker-api-version': version,
        ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bytes === undefined ? {} : { 'content-length': String(bytes.length) }),
        ...headers
      }
      const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
      const base = typeof url === 'string' ? url : url()
      const answer = await exchange(base, path, method, sent, bytes, agent)
      keepSecretsOf(answer.body)
      return answer
    }
  }
}

function bytesOf(body: OsbRequest['body']): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function exchange(
  base: string,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: Buffer | undefined,
  agent: Agent
): Promise<OsbAnswer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, path, method, headers, agent, timeout: TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        // A process that is killed in the middle of an answer ends it without an error event on `request`.
        response.on('close', () => {
          if (!response.complete) return reject(new Error('the answer was cut off'))
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
        })
      }
    )
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} seconds`)))
    asked.on('error', reject)
    asked.end(body)
  })
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}

/** The parts of credentials that open something. */
function keepSecretsOf({ credentials }: JsonObject): void {
  if (typeof credentials !== 'object' || credentials === null) return
  const { password, uri, jdbcUrl } = credentials as JsonObject
  for (const secret of [password, uri, jdbcUrl]) if (typeof secret === 'string') keepSecret(secret)
}
