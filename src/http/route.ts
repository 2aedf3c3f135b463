import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../contract/json.ts'
import type { Identity } from '../identity/authenticate.ts'

export type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'

/** `platform` lets operators in too, except on OSB routes; `local` is this machine, or an operator. */
export type Who = 'public' | 'platform' | 'operator' | 'local'

export interface EdgeRequest {
  readonly requestId: string
  /** Of the path, decoded once, 1 to 255 bytes without control characters. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** On PUT, PATCH and POST. */
  readonly body: JsonObject
  /** Who passed the door of this route; nobody on a public one. */
  readonly identity: Identity | undefined
  /** From this machine and not through a proxy. */
  readonly isLocal: boolean
  /** For public routes that tell some people more. */
  identify(): Promise<Identity | undefined>
}

export interface EdgeAnswer {
  readonly status: number
  /** An object is sent as JSON; text and bytes as they are, with `contentType`. */
  readonly body: object | string | Buffer
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly method: Method
  /** `/v2/service_instances/:instance`: a parameter is a whole segment. */
  readonly path: string
  readonly who: Who
  /** Set on OSB routes; says which use case it is. */
  readonly osb?: OsbCall
  /** Served also while the broker recovers, though it is no GET. */
  readonly inRecovery?: true
  handle(request: EdgeRequest): EdgeAnswer | Promise<EdgeAnswer>
}

export type OsbCall =
  | 'catalog'
  | 'provision'
  | 'update'
  | 'fetch-instance'
  | 'deprovision'
  | 'last-operation'
  | 'bind'
  | 'fetch-binding'
  | 'unbind'
  | 'last-binding-operation'

/** A route added from outside; without `who` it is the operators'. An empty body is an empty object. */
export interface ApiRoute extends Omit<Route, 'who' | 'osb'> {
  readonly who?: Who
}
