import type { Access } from '../access.ts'
import type { Middleware } from './context.ts'

export function accessLog(access: Access): Middleware {
  return async (ctx, proceed) => {
    const startedAt = performance.now()
    await proceed()
    const { requestId, found, identity } = ctx.state
    access(ctx.req, {
      requestId,
      route: found?.route.path ?? 'unknown',
      status: ctx.status,
      startedAt,
      platform: identity?.kind === 'platform' ? identity.platform : undefined
    })
  }
}
