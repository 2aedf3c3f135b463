import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../identity/authenticate.ts'
import { type Access, requestIdentityOf } from './access.ts'
import { checkVersion } from './api-version.ts'
import type { Edge, Phase } from './edge.ts'
import { edgeRequest } from './edge-request.ts'
import type { FindRoute } from './find-route.ts'
import { pathOf } from './path.ts'
import type { EdgeAnswer, OsbCall } from './route.ts'

/** What platforms ask for again and again, and what costs less to answer than the middleware costs. All of them only read. */
const SHORT: ReadonlySet<OsbCall | undefined> = new Set<OsbCall>([
  'catalog',
  'last-operation',
  'last-binding-operation'
])

/** `true`: answered. `false`: nothing was sent, take the long way. */
export type ShortWay = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>

/**
 * Answers a faultless catalog request or poll past the middleware, through the same door, with the same log, metrics and headers.
 * It never refuses: where anything is wrong the request goes the long way from its beginning. Reading twice does no harm.
 */
export function shortWay(
  edge: Edge,
  phase: Phase,
  access: Access,
  findRoute: FindRoute,
  nextRequestId: () => string
): ShortWay {
  return (request, response) => {
    if (request.method !== 'GET') return false
    const startedAt = performance.now()
    const found = findRoute('GET', pathOf(request.url ?? ''))
    if (!('route' in found) || !SHORT.has(found.route.osb)) return false
    const identity = admitted(request, edge)
    if (identity === undefined) return false
    const requestId = nextRequestId()
    const known = { requestId, found, identity, body: {} }
    const answer = (answered: EdgeAnswer): true => {
      send(request, response, requestId, answered, phase)
      const { status } = answered
      access(request, { requestId, route: found.route.path, status, startedAt, platform: identity.platform })
      return true
    }
    try {
      const answered = found.route.handle(edgeRequest(request, edge.authenticate, known))
      return answered instanceof Promise ? answered.then(answer).catch(() => false) : answer(answered)
    } catch {
      return false
    }
  }
}

function admitted(
  { headers }: IncomingMessage,
  edge: Edge
): Extract<Identity, { kind: 'platform' }> | undefined {
  if (headers.host === undefined || !isServed(headers['x-broker-api-version'], edge)) return undefined
  const identity = edge.authenticate(headers.authorization)
  if (identity === undefined || identity instanceof Promise || identity.kind !== 'platform') return undefined
  return identity
}

function isServed(header: string | string[] | undefined, { versions }: Edge): boolean {
  try {
    checkVersion(header === undefined ? undefined : String(header), versions)
    return true
  } catch {
    return false
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { status, body, contentType = 'application/json', headers }: EdgeAnswer,
  phase: Phase
): void {
  const content = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const all: Record<string, string | number> = { ...headers, 'X-Request-Id': requestId }
  const requestIdentity = requestIdentityOf(request)
  if (requestIdentity !== undefined) all['X-Broker-API-Request-Identity'] = requestIdentity
  if (phase.draining) all['Connection'] = 'close'
  if (status !== 304) {
    all['Content-Type'] = contentType
    all['Content-Length'] = Buffer.byteLength(content)
  }
  response.writeHead(status, all)
  response.end(status === 304 ? undefined : content)
}
