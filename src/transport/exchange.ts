import { type IncomingMessage, request as plainRequest } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { ProviderFailure } from '../contract/errors.ts'
import { guardedLookup, RefusedAddress } from './guarded-lookup.ts'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

export interface ExchangeOptions {
  /** Ends every request under way. */
  readonly signal: AbortSignal
  /** `private` lets it connect to addresses that are not public, and to loopback without TLS. */
  readonly network: 'public' | 'private'
  /** PEM, instead of the certificate authorities that Node trusts. */
  readonly ca?: string
  /** Default 4 MiB. */
  readonly maximumAnswerBytes?: number
  readonly lookup?: LookupFunction
}

export interface RawRequest {
  readonly method: string
  readonly url: URL
  /** With its query, as it was signed: an URL loses `..`. Absent: that of the URL. */
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

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

/** One request and its whole answer, over a connection of its own, so nothing outlives the call. Redirects are answers. */
export async function exchange(request: RawRequest, options: ExchangeOptions): Promise<RawAnswer> {
  refuseForbidden(request.url, options.network)
  const message = await respond(request, options)
  const body = await bytesOf(message, request, options)
  // A body that ends with its connection is whole to the parser wherever it was cut off.
  if (options.signal.aborted) throw new Error('the answer was cut off')
  return { status: message.statusCode ?? 0, headers: headersOf(message), body }
}

/** A signal that comes with `outer`, or when the time is over. */
export function timeLimit(
  outer: AbortSignal,
  milliseconds: number
): { readonly signal: AbortSignal; end(): void } {
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

function refuseForbidden(url: URL, network: ExchangeOptions['network']): void {
  const plain = url.protocol === 'http:'
  if (!plain && url.protocol !== 'https:') {
    throw new ProviderFailure('invalid', `${url.protocol}//${url.host} is not an HTTP address`)
  }
  if (plain && network !== 'private') {
    throw new ProviderFailure('denied', withoutTls(url))
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !mayConnect(url, network)(literal)) {
    throw new RefusedAddress(`${literal} may not be connected to`)
  }
}

/** Of `mayConnect`, in words. */
function refusedAt(url: URL): string {
  if (url.protocol === 'http:') return withoutTls(url)
  return `${url.host} has an address that is not public (the setting \`network: private\` allows it)`
}

function withoutTls({ host }: URL): string {
  return `${host} is refused without TLS: use https://; http:// is for loopback only, and with the setting \`network: private\``
}

function mayConnect(url: URL, network: ExchangeOptions['network']): (address: string) => boolean {
  if (url.protocol === 'http:') return isLoopbackAddress
  return network === 'private' ? () => true : isPublicAddress
}

function respond(request: RawRequest, options: ExchangeOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return reject(new NotSent('the time for the call was over'))
    let connected = false
    const begin = request.url.protocol === 'http:' ? plainRequest : tlsRequest
    const sent = begin(request.url, requestOptions(request, options), resolve)
    sent.once('socket', (socket) => {
      connected = !socket.connecting
      socket.once('connect', () => {
        connected = true
      })
    })
    sent.once('upgrade', (_message, socket) => socket.destroy())
    // Who changes the protocol, or ends without a word, is told by nothing else.
    sent.once('close', () => reject(new Error('no answer')))
    sent.once('error', (error) => {
      reject(connected || !options.signal.aborted ? error : new NotSent('no connection in time'))
    })
    sent.end(request.body)
  })
}

/** The call ended before anything had been sent. */
class NotSent extends Error {
  override readonly name = 'NotSent'
}

function requestOptions(request: RawRequest, options: ExchangeOptions): RequestOptions {
  return {
    method: request.method,
    ...(request.path === undefined ? {} : { path: request.path }),
    agent: false,
    rejectUnauthorized: true,
    signal: options.signal,
    lookup: guardedLookup(mayConnect(request.url, options.network), options.lookup),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    headers: request.headers
  }
}

async function bytesOf(
  message: IncomingMessage,
  request: RawRequest,
  options: ExchangeOptions
): Promise<Buffer> {
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
  return Buffer.concat(chunks)
}

function headersOf(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

/** What it means that no answer was taken; `late`: because the time was over. */
export function asFailure(error: unknown, url: URL, late: boolean): ProviderFailure {
  const { host } = url
  if (error instanceof ProviderFailure) return error
  if (error instanceof RefusedAddress) {
    return new ProviderFailure('denied', refusedAt(url), { cause: error })
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
