import { type IncomingMessage, request as plainRequest } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { ProviderFailure } from '../contract/errors.ts'
import type { Json } from '../contract/json.ts'
import type { Http, HttpAnswer, HttpRequest } from '../contract/ports.ts'
import { guardedLookup, RefusedAddress } from './guarded-lookup.ts'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

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

export interface HttpPortOptions {
  /** Ends every request under way. */
  readonly signal: AbortSignal
  /** `private` lets it connect to addresses that are not public, and to loopback without TLS. */
  readonly network: 'public' | 'private'
  readonly observe?: (outcome: HttpOutcome) => void
  /** PEM, instead of the certificate authorities that Node trusts. */
  readonly ca?: string
  /** From the first name lookup to the last byte, redirects included. Default 20. */
  readonly timeoutSeconds?: number
  /** Default 4 MiB. */
  readonly maximumAnswerBytes?: number
  readonly lookup?: LookupFunction
}

const USER_AGENT = 'portolan/0.1 (+open-service-broker)'
const MAXIMUM_REDIRECTS = 3
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** Nothing was sent: no address, nobody listening, no way there. */
const NEVER_LEFT: readonly string[] = [
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EADDRNOTAVAIL',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND'
]

/** Node's and OpenSSL's codes for a certificate that does not verify. */
const BAD_CERTIFICATE = /CERT|UNABLE_TO_(VERIFY|GET)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH/

/** The `Http` port. Every request has a connection of its own, so nothing outlives the call. */
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
        const failure = asFailure(error, request, limit.signal.aborted)
        options.observe?.({ ...told, failure, milliseconds: took() })
        throw failure
      } finally {
        limit.end()
      }
    }
  }
}

function timeLimit(outer: AbortSignal, milliseconds: number): { readonly signal: AbortSignal; end(): void } {
  const limit = new AbortController()
  const abort = () => limit.abort()
  const timer = setTimeout(abort, milliseconds)
  outer.addEventListener('abort', abort)
  if (outer.aborted) abort()
  return {
    signal: limit.signal,
    end() {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
    }
  }
}

async function follow(request: HttpRequest, options: HttpPortOptions): Promise<HttpAnswer> {
  let url = request.url
  for (let redirects = 0; redirects <= MAXIMUM_REDIRECTS; redirects += 1) {
    const answer = await exchange({ ...request, url }, options)
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

async function exchange(request: HttpRequest, options: HttpPortOptions): Promise<HttpAnswer> {
  refuseForbidden(request.url, options.network)
  const message = await respond(request, options)
  const text = await textOf(message, request, options)
  return { status: message.statusCode ?? 0, headers: headersOf(message), body: parse(text) }
}

function refuseForbidden(url: URL, network: HttpPortOptions['network']): void {
  const plain = url.protocol === 'http:'
  if (!plain && url.protocol !== 'https:') {
    throw new ProviderFailure('invalid', `${url.protocol}//${url.host} is not an HTTP address`)
  }
  if (plain && network !== 'private') {
    throw new ProviderFailure('denied', `${url.host} is refused without TLS`)
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !mayConnect(url, network)(literal)) {
    throw new RefusedAddress(`${literal} may not be connected to`)
  }
}

function mayConnect(url: URL, network: HttpPortOptions['network']): (address: string) => boolean {
  if (url.protocol === 'http:') return isLoopbackAddress
  return network === 'private' ? () => true : isPublicAddress
}

function respond(request: HttpRequest, options: HttpPortOptions): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(textOfBody(request.body))
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return reject(new NotSent('the time for the call was over'))
    let connected = false
    const begin = request.url.protocol === 'http:' ? plainRequest : tlsRequest
    const sent = begin(request.url, requestOptions(request, body, options), resolve)
    sent.once('socket', (socket) => {
      connected = !socket.connecting
      socket.once('connect', () => {
        connected = true
      })
    })
    sent.once('error', (error) => {
      reject(connected || !options.signal.aborted ? error : new NotSent('no connection in time'))
    })
    sent.end(body)
  })
}

function textOfBody(body: NonNullable<HttpRequest['body']>): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/** The call ended before anything had been sent. */
class NotSent extends Error {
  override readonly name = 'NotSent'
}

function requestOptions(
  request: HttpRequest,
  body: Buffer | undefined,
  options: HttpPortOptions
): RequestOptions {
  return {
    method: request.method,
    agent: false,
    rejectUnauthorized: true,
    signal: options.signal,
    lookup: guardedLookup(mayConnect(request.url, options.network), options.lookup),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    headers: {
      accept: 'application/json',
      'user-agent': USER_AGENT,
      ...(body ? { 'content-type': 'application/json', 'content-length': body.length } : {}),
      ...request.headers
    }
  }
}

async function textOf(
  message: IncomingMessage,
  request: HttpRequest,
  options: HttpPortOptions
): Promise<string> {
  const limit = options.maximumAnswerBytes ?? 4 * 1024 * 1024
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limit) {
      message.destroy()
      throw new ProviderFailure('unexpected', `${request.url.host} answered more than ${limit} bytes`, {
        mayHaveHappened: request.method !== 'GET'
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function headersOf(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
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

function asFailure(error: unknown, request: HttpRequest, late: boolean): ProviderFailure {
  if (error instanceof ProviderFailure) return error
  const host = request.url.host
  if (error instanceof RefusedAddress) {
    return new ProviderFailure('denied', `${host} has an address that is not public`, { cause: error })
  }
  const code = codeOf(error)
  if (BAD_CERTIFICATE.test(code)) {
    return new ProviderFailure('denied', `the certificate of ${host} does not verify (${code})`, {
      cause: error
    })
  }
  const left = !(error instanceof NotSent) && !NEVER_LEFT.includes(code)
  const why = late ? ' in time' : code && ` (${code})`
  return new ProviderFailure('unavailable', `no answer from ${host}${why}`, {
    mayHaveHappened: left,
    cause: error
  })
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : ''
}
