import { Refusal } from '../../domain/refusal.ts'
import type { Edge } from '../edge.ts'
import { errorBody, refusalBody } from '../error-body.ts'
import type { Context, Middleware } from './context.ts'
import { sendJson } from './send.ts'

const OUTAGE_SECONDS = 5

/** Everything thrown below becomes a JSON object. What nobody meant to throw is told in the log, under the reference the caller gets. */
export function refusals(edge: Pick<Edge, 'log' | 'isOutage'>): Middleware {
  return async (ctx, proceed) => {
    try {
      await proceed()
    } catch (error) {
      if (error instanceof Refusal) answerRefusal(ctx, error)
      else if (edge.isOutage(error)) answerOutage(ctx, error, edge)
      else answerFailure(ctx, error, edge)
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

/** Service Manager goes on polling after 503, and takes any other 5xx for the end of the operation. */
function answerOutage(ctx: Context, error: unknown, { log }: Pick<Edge, 'log'>): void {
  const { requestId } = ctx.state
  log.warn(
    { requestId, why: error instanceof Error ? error.message : String(error) },
    'the store does not answer'
  )
  ctx.set('Retry-After', String(OUTAGE_SECONDS))
  const text = 'The Service Broker cannot reach its store at the moment: try again later.'
  sendJson(ctx, 503, errorBody(503, `${text} Reference: ${requestId}`))
}

function answerFailure(ctx: Context, error: unknown, { log }: Pick<Edge, 'log'>): void {
  const { requestId } = ctx.state
  log.error({ requestId, err: error }, 'a request failed unexpectedly')
  sendJson(
    ctx,
    500,
    errorBody(500, `Something went wrong inside the Service Broker. Reference: ${requestId}`)
  )
}
