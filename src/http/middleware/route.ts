import { Refusal } from '../../domain/refusal.ts'
import type { FindRoute } from '../find-route.ts'
import { pathOf } from '../path.ts'
import type { Middleware } from './context.ts'

/** Which route this is; 404 and 405 where there is none. */
export function route(findRoute: FindRoute): Middleware {
  return (ctx, proceed) => {
    if (ctx.req.headers.host === undefined && ctx.req.httpVersion === '1.1')
      throw new Refusal(400, 'The header Host is required.')
    const found = findRoute(ctx.method, pathOf(ctx.req.url ?? ''))
    if ('route' in found) {
      ctx.state.found = found
      return proceed()
    }
    if (found.allow.length === 0) throw new Refusal(404, 'There is nothing at this path.')
    ctx.set('Allow', found.allow.join(', '))
    throw new Refusal(405, `Only ${found.allow.join(', ')} can be used at this path.`)
  }
}
