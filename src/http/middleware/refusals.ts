import { Refusal } from '../../domain/refusal.ts'
import type { EdgeLog } from '../edge.ts'
import { errorBody, refusalBody } from '../error-body.ts'
import type { Context, Middleware } from './context.ts'
import { sendJson } from './send.ts'

/** Everything thrown below becomes a JSON object. What nobody meant to throw is told in the log, under the reference the caller gets. */
export function refusals(log: EdgeLog): Middleware {
  return async (ctx, proceed) => {
    try {
      await proceed()
    } catch (error) {
      if (error instanceof Refusal) answerRefusal(ctx, error)
      else answerFailure(ctx, error, log)
    }
  }
}

function answerRefusal(ctx: Context, refusal: Refusal): void {
  const { retryAfterSeconds } = refusal.options
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(Math.ceil(retryAfterSeconds)))
  if (refusal.status === 401) ctx.set('WWW-Authenticate', 'Basic realm="portolan", charset="UTF-8"')
  if (refusal.status === 413 && !ctx.req.complete) ctx.set('Connection', 'close')
  sendJson(ctx, refusal.status, refusalBody(refusal, ctx.state.found?.route.osb))
}

function answerFailure(ctx: Context, error: unknown, log: EdgeLog): void {
  const { requestId } = ctx.state
  log.error({ requestId, err: error }, 'a request failed unexpectedly')
  sendJson(
    ctx,
    500,
    errorBody(500, `Something went wrong inside the Service Broker. Reference: ${requestId}`)
  )
}
