import type { Authenticate } from '../../identity/authenticate.ts'
import { edgeRequest } from '../edge-request.ts'
import { foundIn, type Middleware } from './context.ts'
import { send } from './send.ts'

/** The last one: ids, then the route's own work. */
export function serve(authenticate: Authenticate): Middleware {
  return async (ctx) => {
    const { requestId, identity, body = {} } = ctx.state
    const found = foundIn(ctx.state)
    const request = edgeRequest(ctx.req, authenticate, { requestId, found, identity, body })
    send(ctx, await found.route.handle(request))
  }
}
