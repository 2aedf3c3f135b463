import type { IncomingMessage } from 'node:http'
import type { JsonObject } from '../../contract/json.ts'
import { Refusal } from '../../domain/refusal.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readBody, refuseAnnouncedSize } from '../read-body.ts'
import { foundIn, type Middleware } from './context.ts'

const FORM = /^\s*(application\/x-www-form-urlencoded|multipart\/)/i

/**
 * The JSON object of PUT, PATCH and POST. What says it is something else but is JSON is taken, except forms. GET and DELETE have no
 * body, whatever their Content-Type says (Korifi sends one).
 */
export const body: Middleware = async (ctx, proceed) => {
  const { route } = foundIn(ctx.state)
  if (route.method !== 'GET' && route.method !== 'DELETE')
    ctx.state.body = await jsonBody(ctx.req, route.osb !== undefined)
  return proceed()
}

async function jsonBody(request: IncomingMessage, isRequired: boolean): Promise<JsonObject> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  refuseAnnouncedSize(request)
  const bytes = await readBody(request)
  if (FORM.test(type)) throw new Refusal(400, 'The body must be JSON, not a form.')
  if (encoding.toLowerCase() !== 'identity') throw new Refusal(400, 'The body must not be compressed.')
  if (bytes.length === 0 && !isRequired) return {}
  if (bytes.length === 0) throw new Refusal(400, 'The body is empty; it must be a JSON object.')
  return parseJsonObject(bytes)
}
