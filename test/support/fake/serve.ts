import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { FakeClock } from './clock.ts'
import { type Faults, takeLost } from './faults.ts'
import { type Asked, Problem, type Reply } from './problem.ts'

/** What a fake knows besides what stands at its provider. */
export interface Ground<Scene extends Faults> {
  scene: Scene
  readonly clock: FakeClock
  /** How often each request came: `POST /rdb/v1/regions/fr-par/instances`, ids as `{id}`. */
  readonly counters: Map<string, number>
}

/** What a test tells beyond what every fake understands; what it gives back is answered as JSON, `undefined` as 404. */
export type Instruction = (body: JsonObject) => Json | undefined | Promise<Json | undefined>

export interface Fake<Scene extends Faults> {
  readonly ground: Ground<Scene>
  readonly calm: () => Scene
  /** The provider's API. Throws `Problem` for what is no success. */
  answer(asked: Asked): Promise<Reply>
  throttled(resetSeconds: number): Problem
  /** Of every answer: who answers, and the number of the request. */
  headers(): Readonly<Record<string, string>>
  /** All that stands at this provider, for tests. */
  state(): Promise<JsonObject>
  /** Removes everything, behind the API too. */
  reset(): Promise<void>
  /** `POST /foreign` and so on, below `/_control`. */
  readonly instructions: Readonly<Record<string, Instruction>>
  /** What is printed besides `url` when it listens. */
  readonly greeting: JsonObject
}

/** What every fake's program takes, for `parseArgs`. */
export const PROCESS_OPTIONS = {
  port: { type: 'string', default: '0' },
  'until-stdin-closes': { type: 'boolean', default: false }
} as const

interface ProcessValues {
  readonly port: string
  readonly 'until-stdin-closes': boolean
}

const PREFIX = '/_control'

/**
 * A fake as a process of its own. Tests tell it and ask it below `/_control`: `PUT /scene` sets the scene whole, `GET /state`,
 * `POST /advance {seconds}` moves its clock, `POST /reset`, and its own instructions. It ends with SIGTERM, and what it has behind it
 * ends with it.
 */
export function serveFake<Scene extends Faults>(fake: Fake<Scene>, values: ProcessValues): void {
  const server = createServer((request, response) => {
    void serve(fake, request, response).catch((error: unknown) => {
      console.error(error)
      send(response, { status: 500, body: { message: 'internal error' } }, {})
    })
  })
  const end = () => process.exit(0)
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  if (values['until-stdin-closes']) process.stdin.on('end', end).resume()
  server.listen(Number(values.port), '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, ...fake.greeting }))
  })
}

async function serve<Scene extends Faults>(
  fake: Fake<Scene>,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const asked = await askedBy(request)
  const { method, url } = asked
  if (url.pathname.startsWith(PREFIX)) {
    send(response, await control(fake, method, url.pathname.slice(PREFIX.length), asked.text), {})
    return
  }
  count(fake, asked)
  const lost = takeLost(fake.ground.scene, method, url.pathname)
  if (lost?.when === 'before') {
    request.socket.destroy()
    return
  }
  const reply = await replyTo(fake, asked)
  if (lost) request.socket.destroy()
  else send(response, reply, fake.headers())
}

function count<Scene extends Faults>({ ground: { counters } }: Fake<Scene>, { method, url }: Asked): void {
  const key = `${method} ${url.pathname.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')}`
  counters.set(key, (counters.get(key) ?? 0) + 1)
}

async function replyTo<Scene extends Faults>(fake: Fake<Scene>, asked: Asked): Promise<Reply> {
  const { scene } = fake.ground
  try {
    if (scene.throttled > 0) {
      scene.throttled -= 1
      throw fake.throttled(scene.resetSeconds)
    }
    return await fake.answer(asked)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

async function control<Scene extends Faults>(
  fake: Fake<Scene>,
  method: string,
  path: string,
  text: string
): Promise<Reply> {
  const parsed = parseJson(text)
  const body = isJsonObject(parsed) ? parsed : {}
  const { ground } = fake
  switch (`${method} ${path}`) {
    case 'PUT /scene':
      ground.scene = { ...fake.calm(), ...(body as Partial<Scene>) }
      return { status: 204 }
    case 'GET /state':
      return { status: 200, body: { ...(await fake.state()), counters: Object.fromEntries(ground.counters) } }
    case 'POST /advance':
      ground.clock.advance(Number(body['seconds']))
      return { status: 204 }
    case 'POST /reset':
      ground.scene = fake.calm()
      ground.counters.clear()
      await fake.reset()
      return { status: 204 }
    default: {
      const told = await fake.instructions[`${method} ${path}`]?.(body)
      return told === undefined ? { status: 404 } : { status: 200, body: told }
    }
  }
}

async function askedBy(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)])
  )
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', `http://${request.headers.host ?? 'fake'}`),
    headers,
    text: Buffer.concat(chunks).toString('utf8')
  }
}

function send(response: ServerResponse, reply: Reply, headers: Readonly<Record<string, string>>): void {
  const text = textOf(reply)
  response.writeHead(reply.status, {
    ...(text === '' ? {} : { 'content-type': 'application/json' }),
    ...headers,
    ...reply.headers
  })
  response.end(text)
}

/** A text with a type of its own is sent as it is. */
function textOf({ body, headers }: Reply): string {
  if (body === undefined) return ''
  return typeof body === 'string' && headers?.['content-type'] !== undefined ? body : JSON.stringify(body)
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
