import type Koa from 'koa'
import type { JsonObject } from '../../contract/json.ts'
import type { Identity } from '../../identity/authenticate.ts'
import type { Found } from '../find-route.ts'

/** What the middleware before has found out; in the order in which it is known. */
export interface State {
  requestId: string
  found?: Found
  identity?: Identity
  body?: JsonObject
}

export type Middleware = Koa.Middleware<State>
export type Context = Koa.ParameterizedContext<State>

export function foundIn(state: State): Found {
  if (state.found === undefined) throw new Error('the route is not known yet')
  return state.found
}
