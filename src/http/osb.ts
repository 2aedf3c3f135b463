import type { JsonObject } from '../contract/json.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Query } from '../service/broker.ts'
import { parseVersion } from './api-version.ts'
import { originatingIdentity } from './originating-identity.ts'
import type { EdgeAnswer, EdgeRequest, Method, OsbCall, Route } from './route.ts'

export interface OsbRequest {
  readonly caller: Caller
  readonly instance: string
  /** Empty on routes without one. */
  readonly binding: string
  /** Only the literal `true` counts. */
  readonly isAsync: boolean
  readonly query: Query
  readonly body: JsonObject
}

/** A route of the Open Service Broker API. */
export function osb(
  call: OsbCall,
  method: Method,
  path: string,
  serve: (request: OsbRequest) => Promise<Answer>
): Route {
  return {
    method,
    path,
    who: 'platform',
    osb: call,
    handle: async (request) => edgeAnswer(await serve(osbRequest(request)))
  }
}

function osbRequest(request: EdgeRequest): OsbRequest {
  return {
    caller: callerOf(request),
    instance: request.params['instance'] ?? '',
    binding: request.params['binding'] ?? '',
    isAsync: request.query.get('accepts_incomplete') === 'true',
    query: queryOf(request.query),
    body: request.body
  }
}

function callerOf({ identity, headers, requestId }: EdgeRequest): Caller {
  const version = parseVersion(String(headers['x-broker-api-version']))
  if (identity?.kind !== 'platform' || version === undefined) throw new Error('an OSB route without its door')
  const claimed = originatingIdentity(headers['x-broker-api-originating-identity'])
  return {
    platform: identity.platform,
    version,
    requestId,
    ...(claimed !== undefined && { originatingIdentity: claimed })
  }
}

function queryOf(query: URLSearchParams): Query {
  const serviceId = textOf(query, 'service_id')
  const planId = textOf(query, 'plan_id')
  const operation = textOf(query, 'operation')
  return {
    ...(serviceId !== undefined && { serviceId }),
    ...(planId !== undefined && { planId }),
    ...(operation !== undefined && { operation })
  }
}

function textOf(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name) ?? undefined
  if (value !== undefined && /\p{Cc}/u.test(value))
    throw new Refusal(400, `${name} must not have control characters.`)
  return value
}

function edgeAnswer({ status, body, retryAfterSeconds }: Answer): EdgeAnswer {
  if (retryAfterSeconds === undefined) return { status, body }
  return { status, body, headers: { 'Retry-After': String(Math.ceil(retryAfterSeconds)) } }
}
