import { Refusal } from '../../domain/refusal.ts'
import type { Authenticate, Identity } from '../../identity/authenticate.ts'
import { isLocal } from '../is-local.ts'
import type { Route } from '../route.ts'
import { foundIn, type Middleware } from './context.ts'

/** Lets in whom the route names, before anything else of the request is looked at. */
export function door(authenticate: Authenticate): Middleware {
  return async (ctx, proceed) => {
    const { route } = foundIn(ctx.state)
    const isOpen = route.who === 'public' || (route.who === 'local' && isLocal(ctx.req))
    if (!isOpen) ctx.state.identity = await admitted(route, authenticate, ctx.req.headers.authorization)
    return proceed()
  }
}

async function admitted(
  route: Route,
  authenticate: Authenticate,
  authorization: string | undefined
): Promise<Identity> {
  const identity = await authenticate(authorization)
  if (identity === undefined || (route.osb && identity.kind !== 'platform'))
    throw new Refusal(401, 'A valid login is required.')
  if (route.who !== 'platform' && identity.kind !== 'operator')
    throw new Refusal(403, 'Only operators may do this.')
  return identity
}
