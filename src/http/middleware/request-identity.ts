import { requestIdentityOf } from '../access.ts'
import type { Middleware } from './context.ts'

/** OSB "Request Identity": the platform's own id comes back with every answer, errors too. */
export const requestIdentity: Middleware = (ctx, proceed) => {
  const identity = requestIdentityOf(ctx.req)
  if (identity !== undefined) ctx.set('X-Broker-API-Request-Identity', identity)
  return proceed()
}
