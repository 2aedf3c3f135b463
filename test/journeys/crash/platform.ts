import type { JsonObject } from '../../../src/contract/json.ts'
import { type OsbAnswer, type OsbLogin, osbClient } from '../../support/osb-client.ts'
import type { Seeded } from '../../support/seeded.ts'
import type { Reaper } from './reaper.ts'

/** How an operation ended for the platform. `refused`: nothing was begun. `failed`: it was begun and came to nothing. */
export type Outcome =
  | { readonly end: 'done'; readonly body: JsonObject }
  | { readonly end: 'refused' | 'failed'; readonly why: string }

/**
 * A platform as the specification wants it: it sends an identical request again when no answer came, polls what it was told to poll,
 * tries again on ConcurrencyError and on what is not there for the moment.
 */
export interface Platform {
  get(path: string): Promise<OsbAnswer>
  put(path: string, body: JsonObject): Promise<Outcome>
  patch(path: string, body: JsonObject): Promise<Outcome>
  delete(path: string, query: string): Promise<Outcome>
  /** Sends, and does not look at what comes of it. */
  fire(method: 'PUT', path: string, body: JsonObject): Promise<void>
}

const PATIENCE_MS = 240_000
const POLL_MS = 300
/** How often a request makes somebody die, before or after its answer. */
const FATAL = 0.08

export function platform(login: OsbLogin, reaper: Reaper, random: Seeded): Platform {
  async function once(method: string, path: string, body?: JsonObject): Promise<OsbAnswer | undefined> {
    const broker = await reaper.living()
    const isFatal = method !== 'GET' && random.chance(FATAL)
    // Right after it was accepted, or a moment later in the middle of the work.
    if (isFatal) reaper.soon(random.chance(0.5) ? random.below(60) : random.below(600))
    try {
      const client = osbClient(broker.url, login)
      return await client.send({ method, path, ...(body === undefined ? {} : { body }) })
    } catch {
      return undefined
    }
  }

  async function answered(method: string, path: string, body?: JsonObject): Promise<OsbAnswer> {
    const deadline = Date.now() + PATIENCE_MS
    let last = 'no answer at all'
    while (Date.now() < deadline) {
      const answer = await once(method, path, body)
      if (answer !== undefined && !isForTheMoment(answer, method)) return answer
      if (answer !== undefined) last = `${answer.status} ${answer.text}`
      await pause(POLL_MS)
    }
    throw new Error(`${method} ${path} had no lasting answer: ${last}`)
  }

  async function change(
    method: string,
    path: string,
    body: JsonObject | undefined,
    resource: string
  ): Promise<Outcome> {
    const answer = await answered(method, path, body)
    const { status } = answer
    if (status === 200 || status === 201) return { end: 'done', body: answer.body }
    if (status === 410 && method === 'DELETE') return { end: 'done', body: {} }
    if (status === 202) return polled(resource, String(answer.body['operation']), method)
    const why = `${method} ${path}: ${status} ${answer.text}`
    return status >= 500 ? { end: 'failed', why } : { end: 'refused', why }
  }

  async function polled(resource: string, operation: string, method: string): Promise<Outcome> {
    const path = `${resource}/last_operation?operation=${encodeURIComponent(operation)}`
    const deadline = Date.now() + PATIENCE_MS
    while (Date.now() < deadline) {
      const { status, body, text } = await answered('GET', path)
      if (status === 410 && method === 'DELETE') return { end: 'done', body: {} }
      if (status !== 200) throw new Error(`the poll of ${resource} after ${method} says ${status} ${text}`)
      if (body['state'] === 'succeeded') return { end: 'done', body: {} }
      if (body['state'] === 'failed') return { end: 'failed', why: `${method} ${resource}: ${text}` }
      await pause(POLL_MS)
    }
    throw new Error(`${method} ${resource} (operation ${operation}) has not ended`)
  }

  return {
    get: (path) => answered('GET', path),
    put: (path, body) => change('PUT', `${path}?accepts_incomplete=true`, body, path),
    patch: (path, body) => change('PATCH', `${path}?accepts_incomplete=true`, body, path),
    delete: (path, query) => change('DELETE', `${path}?accepts_incomplete=true&${query}`, undefined, path),
    async fire(method, path, body) {
      await once(method, `${path}?accepts_incomplete=true`, body)
    }
  }
}

/** What a platform tries again: busy, not there for the moment; a delete until it is done. */
function isForTheMoment({ status, body }: OsbAnswer, method: string): boolean {
  if (status === 422 && body['error'] === 'ConcurrencyError') return true
  if (status === 503) return true
  return method === 'DELETE' && status >= 500
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
