import type { Authenticate } from '../../identity/authenticate.ts'
import { parameterNames } from '../find-route.ts'
import { isLocal } from '../is-local.ts'
import { decodeId, queryOf } from '../path.ts'
import type { EdgeRequest, Route } from '../route.ts'
import { type Context, foundIn, type Middleware } from './context.ts'
import { send } from './send.ts'

/** The last one: ids, then the route's own work. */
export function serve(authenticate: Authenticate, routes: readonly Route[]): Middleware {
  const names = new Map(routes.map((route) => [route, parameterNames(route.path)]))
  return async (ctx) => {
    const { route, segments } = foundIn(ctx.state)
    const params: Record<string, string> = {}
    for (const [index, name] of (names.get(route) ?? []).entries())
      params[name] = decodeId(segments[index] ?? '')
    send(ctx, await route.handle(edgeRequest(ctx, params, authenticate)))
  }
}

function edgeRequest(ctx: Context, params: Record<string, string>, authenticate: Authenticate): EdgeRequest {
  const { req, state } = ctx
  return {
    requestId: state.requestId,
    params,
    query: queryOf(req.url ?? ''),
    headers: req.headers,
    body: state.body ?? {},
    identity: state.identity,
    get isLocal() {
      return isLocal(req)
    },
    identify: async () => authenticate(req.headers.authorization)
  }
}
