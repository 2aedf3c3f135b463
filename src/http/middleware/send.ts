import type { EdgeAnswer } from '../route.ts'
import type { Context } from './context.ts'

export function send(ctx: Context, { status, body, contentType, headers }: EdgeAnswer): void {
  if (headers) ctx.set({ ...headers })
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return sendJson(ctx, status, body)
  ctx.status = status
  ctx.set('Content-Type', contentType ?? 'text/plain; charset=utf-8')
  ctx.body = body
}

export function sendJson(ctx: Context, status: number, body: object): void {
  ctx.status = status
  ctx.set('Content-Type', 'application/json')
  ctx.body = JSON.stringify(body)
}
