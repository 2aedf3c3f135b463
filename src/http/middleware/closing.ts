import type { Phase } from '../edge.ts'
import type { Middleware } from './context.ts'

/** While the broker stops, every answer also ends its connection, so that the last one may go. */
export function closing(phase: Phase): Middleware {
  return async (ctx, proceed) => {
    await proceed()
    if (phase.draining) ctx.set('Connection', 'close')
  }
}
