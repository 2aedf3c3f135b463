import type { IncomingMessage } from 'node:http'
import type { JsonObject } from '../contract/json.ts'
import type { Authenticate, Identity } from '../identity/authenticate.ts'
import { type Found, parameterNames } from './find-route.ts'
import { isLocal } from './is-local.ts'
import { decodeId, queryOf } from './path.ts'
import type { EdgeRequest, Route } from './route.ts'

export interface Known {
  readonly requestId: string
  readonly found: Found
  readonly identity: Identity | undefined
  readonly body: JsonObject
}

const NO_PARAMETERS = Object.freeze({})

/** What a route's work is handed; ids are decoded here (Refusal 400), what few routes ask for is found out when it is asked for. */
export function edgeRequest(message: IncomingMessage, authenticate: Authenticate, known: Known): EdgeRequest {
  const { requestId, found, identity, body } = known
  return {
    requestId,
    params: parametersOf(found),
    get query() {
      return queryOf(message.url ?? '')
    },
    headers: message.headers,
    body,
    identity,
    get isLocal() {
      return isLocal(message)
    },
    identify: async () => authenticate(message.headers.authorization)
  }
}

const namesOf = new WeakMap<Route, readonly string[]>()

function parametersOf({ route, segments }: Found): Readonly<Record<string, string>> {
  if (segments.length === 0) return NO_PARAMETERS
  const names = namesOf.get(route) ?? parameterNames(route.path)
  namesOf.set(route, names)
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) params[name] = decodeId(segments[index] ?? '')
  return params
}
