import type { Middleware } from './context.ts'

/** Ours, in the answer, the log and the audit. */
export function requestId(next: () => string): Middleware {
  return (ctx, proceed) => {
    ctx.state.requestId = next()
    ctx.set('X-Request-Id', ctx.state.requestId)
    return proceed()
  }
}
