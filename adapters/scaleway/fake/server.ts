import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type Api, fakeApi, isJsonObject, type Reply } from './api.ts'
import { startBacking } from './backing.ts'
import { control } from './control.ts'
import { deniedAuthentication, invalidArgument, Problem, tooManyRequests } from './problems.ts'
import type { Lost } from './scene.ts'
import { newWorld, type World } from './world.ts'

/**
 * Scaleway's RDB API over a real PostgreSQL, as a process of its own:
 * `node --import tsx adapters/scaleway/fake/server.ts --token T --project P [--port N] [--until-stdin-closes]`.
 * Prints `{"url","postgresqlPort"}` when it listens; ends with SIGTERM and takes the server behind it along.
 */
const { values: options } = parseArgs({
  options: {
    token: { type: 'string', default: 'fake-secret-key' },
    project: { type: 'string', default: '11111111-1111-4111-8111-111111111111' },
    port: { type: 'string', default: '0' },
    'until-stdin-closes': { type: 'boolean', default: false }
  }
})

const PREFIX = '/_control'

const backing = await startBacking()
const world = newWorld(options.project, backing.port)
const api = fakeApi(world, backing)

const server = createServer((request, response) => {
  void serve(request, response).catch((error: unknown) => {
    console.error(error)
    answer(response, { status: 500, body: { message: 'internal error' } })
  })
})

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake')
  const method = request.method ?? 'GET'
  const text = await textOf(request)
  if (url.pathname.startsWith(PREFIX)) {
    const path = url.pathname.slice(PREFIX.length)
    answer(response, await control(world, backing, { method, path, body: parsed(text) }))
    return
  }
  const lost = takeLost(world, method, url.pathname)
  if (lost?.when === 'before') {
    request.socket.destroy()
    return
  }
  const reply = await replyTo(api, request, url, text)
  if (lost) request.socket.destroy()
  else answer(response, reply)
}

async function replyTo(
  ask: Api,
  request: IncomingMessage,
  url: URL,
  text: string
): Promise<Reply & { readonly headers?: Readonly<Record<string, string>> }> {
  const method = request.method ?? 'GET'
  count(world, `${method} ${url.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}')}`)
  try {
    refuseThrottled(world)
    checkToken(request)
    return await ask({ method, url, body: bodyOf(request, text) })
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function refuseThrottled({ scene }: World): void {
  if (scene.throttled <= 0) return
  scene.throttled -= 1
  throw tooManyRequests(scene.resetSeconds)
}

function checkToken(request: IncomingMessage): void {
  const token = request.headers['x-auth-token']
  if (token === undefined) throw deniedAuthentication('invalid_argument')
  if (token !== options.token) throw deniedAuthentication('not_found')
}

function bodyOf(request: IncomingMessage, text: string) {
  if (text === '') return undefined
  if (!request.headers['content-type']?.startsWith('application/json')) {
    throw invalidArgument('body', 'format', 'must be application/json')
  }
  const body = parsed(text)
  if (!isJsonObject(body)) throw invalidArgument('body', 'format', 'must be a JSON object')
  return body
}

function takeLost({ scene }: World, method: string, path: string): Lost | undefined {
  const found = scene.lost.find(
    (each) => each.times > 0 && each.method === method && path.endsWith(each.path)
  )
  if (found) found.times -= 1
  return found
}

function count({ counters }: World, key: string): void {
  counters.set(key, (counters.get(key) ?? 0) + 1)
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answer(
  response: ServerResponse,
  { status, body, headers }: Reply & { readonly headers?: Readonly<Record<string, string>> }
): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...(text === '' ? {} : { 'content-type': 'application/json' }),
    server: 'Scaleway API Gateway',
    'x-request-id': crypto.randomUUID(),
    ...headers
  })
  response.end(text)
}

// The server behind it is ended by the exit of this process.
const end = () => process.exit(0)
process.once('SIGTERM', end)
process.once('SIGINT', end)
if (options['until-stdin-closes']) process.stdin.on('end', end).resume()

server.listen(Number(options.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, postgresqlPort: backing.port }))
})
