import { ProviderFailure } from '../contract/errors.ts'
import type { Json } from '../contract/json.ts'
import type { Http, HttpAnswer, HttpRequest } from '../contract/ports.ts'
import { isTooDeep } from './deep-json.ts'
import { asFailure, type ExchangeOptions, exchange, type RawRequest, timeLimit } from './exchange.ts'
import { signed } from './sign.ts'

/** What one request came to, for metrics and log: never a header, a body or a query. */
export interface HttpOutcome {
  readonly method: HttpRequest['method']
  readonly host: string
  readonly path: string
  /** Absent when no answer was taken. */
  readonly status?: number
  /** Absent when there was an answer. */
  readonly failure?: ProviderFailure
  readonly milliseconds: number
}

export interface HttpPortOptions extends ExchangeOptions {
  readonly observe?: (outcome: HttpOutcome) => void
  /** From the first name lookup to the last byte, redirects included. Default 20. */
  readonly timeoutSeconds?: number
}

const USER_AGENT = 'portolan/0.1 (+open-service-broker)'
const MAXIMUM_REDIRECTS = 3
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** The `Http` port. */
export function httpPort(options: HttpPortOptions): Http {
  const timeoutMilliseconds = (options.timeoutSeconds ?? 20) * 1000
  return {
    async send(request) {
      const began = performance.now()
      const told = { method: request.method, host: request.url.host, path: request.url.pathname }
      const took = () => performance.now() - began
      const limit = timeLimit(options.signal, timeoutMilliseconds)
      try {
        const answer = await follow(request, { ...options, signal: limit.signal })
        options.observe?.({ ...told, status: answer.status, milliseconds: took() })
        return answer
      } catch (error) {
        const failure = asFailure(error, request.url, limit.signal.aborted)
        options.observe?.({ ...told, failure, milliseconds: took() })
        throw failure
      } finally {
        limit.end()
      }
    }
  }
}

async function follow(request: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer> {
  let url = request.url
  for (let redirects = 0; redirects <= MAXIMUM_REDIRECTS; redirects += 1) {
    const answer = await ask({ ...request, url }, options)
    const target = redirectOf(answer, url)
    if (!target) return answer
    if (target.origin !== url.origin) {
      throw new ProviderFailure('unexpected', `${url.host} redirects to another host`, {
        mayHaveHappened: request.method !== 'GET'
      })
    }
    if (request.method !== 'GET') return answer
    url = target
  }
  throw new ProviderFailure('unexpected', `${url.host} redirects without end`)
}

function redirectOf(answer: HttpAnswer, from: URL): URL | undefined {
  const location = answer.headers['location']
  if (!REDIRECTS.includes(answer.status) || location === undefined) return undefined
  return URL.canParse(location, from.href) ? new URL(location, from) : undefined
}

async function ask(request: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer> {
  const raw = rawOf(request)
  const sent = request.sign === undefined ? raw : await signed(raw, request.sign)
  const { status, headers, body } = await exchange(sent, options)
  const text = body.toString('utf8')
  if (isTooDeep(text)) {
    throw new ProviderFailure('unexpected', `${request.url.host} answered lists in lists without end`, {
      mayHaveHappened: request.method !== 'GET'
    })
  }
  return { status, headers, body: parse(text) }
}

function rawOf({ method, url, headers, body }: HttpRequest): RawRequest {
  const bytes = body === undefined ? undefined : Buffer.from(textOfBody(body))
  return {
    method,
    url,
    headers: {
      accept: 'application/json',
      'user-agent': USER_AGENT,
      ...(bytes ? { 'content-type': 'application/json', 'content-length': String(bytes.length) } : {}),
      ...headers
    },
    ...(bytes ? { body: bytes } : {})
  }
}

function textOfBody(body: NonNullable<HttpRequest['body']>): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function parse(text: string): Json | undefined {
  if (text === '') return undefined
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return text
  }
}
