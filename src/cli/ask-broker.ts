import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { type BrokerAccess, brokerAccess } from './broker-access.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts'
import { printable } from './printable.ts'

const LONGEST_MS = 90_000
/** Of a look at everything that stands at every provider. */
export const LONGEST_LOOK_MS = 180_000
const LARGEST_BYTES = 64 * 1024 * 1024

/** The broker's own sentence is made for platforms. */
const BUSY = 'something is under way there already: `portolan switch list` and `portolan operations` show it'

export interface Question {
  readonly method?: 'GET' | 'POST'
  /** Segments below `/api`, not encoded yet. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string | true | undefined>>
  /** Sent as JSON; with POST only. */
  readonly body?: JsonObject
  /** For what the broker asks all its providers first. */
  readonly longestMs?: number
}

/** One question to the running broker's `/api`. Anything but success is a `CommandFailure` with the broker's own sentence. */
export async function askBroker(question: Question): Promise<JsonObject> {
  const { access, status, text } = await answerTo(question)
  const body = parsed(text)
  if (status === 200 && isObject(body)) return body
  throw refusal(access, status, body)
}

/** The same, for what is no JSON. */
export async function askBrokerForText(question: Question): Promise<string> {
  const { access, status, text } = await answerTo(question)
  if (status === 200) return text
  throw refusal(access, status, parsed(text))
}

async function answerTo(question: Question) {
  const access = brokerAccess(process.env)
  const answer = await send(access, question).catch((error: unknown) => {
    throw error instanceof CommandFailure ? error : unreachable(access, error)
  })
  return { access, ...answer }
}

function refusal({ url }: BrokerAccess, status: number, body: Json | undefined): CommandFailure {
  const description = isObject(body) ? body['description'] : undefined
  if (typeof description !== 'string')
    return new CommandFailure(EXIT.unreachable, `what answers at ${url} is not Portolan (${status})`)
  const isBusy = isObject(body) && body['error'] === 'ConcurrencyError'
  return new CommandFailure(exitCodeOf(status), isBusy ? BUSY : printable(description))
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed
  return status === 400 ? EXIT.usage : EXIT.failed
}

function unreachable({ url }: BrokerAccess, error: unknown): CommandFailure {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : message || code
  return new CommandFailure(EXIT.unreachable, `the broker at ${url} cannot be reached: ${reason}`)
}

async function send(
  access: BrokerAccess,
  question: Question
): Promise<{ readonly status: number; readonly text: string }> {
  const url = new URL(`${access.url}/api/${question.path.map(encodeURIComponent).join('/')}`)
  for (const [name, value] of Object.entries(question.query ?? {}))
    if (typeof value === 'string') url.searchParams.set(name, value)
  const signal = AbortSignal.timeout(question.longestMs ?? LONGEST_MS)
  const sent = question.body === undefined ? '' : JSON.stringify(question.body)
  const options: RequestOptions = {
    method: question.method ?? 'GET',
    auth: `${access.username}:${access.password}`,
    headers: { Accept: 'application/json, application/vc+jwt', ...bodyHeaders(question.method, sent) },
    signal
  }
  const request =
    url.protocol === 'http:' ? httpRequest(url, options) : await securely(url, options, access.certificate)
  request.end(sent)
  const [response] = (await once(request, 'response', { signal })) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await textOf(response) }
}

function bodyHeaders(method: Question['method'], sent: string): Record<string, string | number> {
  if (method !== 'POST') return {}
  return {
    'Content-Length': Buffer.byteLength(sent),
    ...(sent === '' ? {} : { 'Content-Type': 'application/json' })
  }
}

/** The login is sent only to whom the certificate proves: by a known authority and name, or by being the very one of the settings. */
async function securely(url: URL, options: RequestOptions, certificate: Buffer | undefined) {
  if (certificate === undefined) return httpsRequest(url, options)
  const host = url.hostname.replaceAll(/[[\]]/g, '')
  const socket: TLSSocket = connect({
    host,
    port: Number(url.port || 443),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false
  })
  await once(socket, 'secureConnect', { signal: options.signal ?? undefined })
  if (socket.getPeerX509Certificate()?.fingerprint256 !== new X509Certificate(certificate).fingerprint256) {
    socket.destroy()
    throw new Error('it shows another certificate than listen.tls.cert of the settings')
  }
  return httpsRequest(url, { ...options, createConnection: () => socket })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += (chunk as Buffer).length
    if (size > LARGEST_BYTES) throw new Error('its answer is too large')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
