import type { IncomingMessage } from 'node:http'
import type { Platform } from '../domain/platform.ts'
import type { EdgeLog, EdgeMetrics } from './edge.ts'
import { pathOf } from './path.ts'

export interface Served {
  readonly requestId: string
  /** The pattern, `unknown` where there is none. */
  readonly route: string
  readonly status: number
  /** Of `performance.now()`. */
  readonly startedAt: number
  readonly platform: Platform | undefined
}

export type Access = (request: IncomingMessage, served: Served) => void

const LONGEST_PATH = 600
const METHODS = new Set(['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS'])

/** One log line and two metrics for every request. Neither body, query nor headers are told, except the platform's own request id. */
export function accessTo(log: Pick<EdgeLog, 'info'>, metrics: EdgeMetrics): Access {
  return (request, { requestId, route, status, startedAt, platform }) => {
    const ms = performance.now() - startedAt
    const method = METHODS.has(request.method ?? '') ? String(request.method) : 'OTHER'
    metrics.request(method, route, status, ms / 1000)
    log.info(
      {
        requestId,
        method,
        route,
        path: pathOf(request.url ?? '').slice(0, LONGEST_PATH),
        status,
        ms: Math.round(ms * 100) / 100,
        platform: platform?.name,
        requestIdentity: requestIdentityOf(request)
      },
      'request'
    )
  }
}

/** X-Broker-API-Request-Identity, unless it is too long to be one. */
export function requestIdentityOf({ headers }: IncomingMessage): string | undefined {
  const identity = headers['x-broker-api-request-identity']
  return typeof identity === 'string' && identity !== '' && identity.length <= 1024 ? identity : undefined
}
