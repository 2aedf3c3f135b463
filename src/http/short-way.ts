import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Access, requestIdentityOf } from './access.ts'
import { checkVersion } from './api-version.ts'
import { catalogAnswer } from './catalog-answer.ts'
import type { Edge, Phase } from './edge.ts'

const CATALOG = '/v2/catalog'

/**
 * Answers a faultless GET /v2/catalog without the middleware: the bytes are ready, and going the long way would cost more than
 * sending them. Same door, log, metrics and headers. `false`: not such a request, nothing was done, take the long way.
 */
export function shortWay(edge: Edge, phase: Phase, access: Access, nextRequestId: () => string) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url !== CATALOG || request.method !== 'GET') return false
    const { headers } = request
    if (headers.host === undefined || !isServed(headers['x-broker-api-version'], edge)) return false
    const startedAt = performance.now()
    const identity = edge.authenticate(headers.authorization)
    if (identity === undefined || identity instanceof Promise || identity.kind !== 'platform') return false
    const answer = catalogAnswer(edge.catalog, identity.platform, headers)
    const requestId = nextRequestId()
    const requestIdentity = requestIdentityOf(request)
    answer.headers['X-Request-Id'] = requestId
    if (requestIdentity !== undefined) answer.headers['X-Broker-API-Request-Identity'] = requestIdentity
    if (phase.draining) answer.headers['Connection'] = 'close'
    response.writeHead(answer.status, answer.headers)
    response.end(answer.bytes)
    access(request, {
      requestId,
      route: CATALOG,
      status: answer.status,
      startedAt,
      platform: identity.platform
    })
    return true
  }
}

function isServed(header: string | string[] | undefined, { versions }: Edge): boolean {
  if (header === '2.17') return true
  try {
    checkVersion(header === undefined ? undefined : String(header), versions)
    return true
  } catch {
    return false
  }
}
