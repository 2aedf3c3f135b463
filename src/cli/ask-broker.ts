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
const LARGEST_BYTES = 64 * 1024 * 1024

export interface Question {
  readonly method?: 'GET' | 'POST'
  /** Segments below `/api`, not encoded yet. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string | true | undefined>>
}

/** One question to the running broker's `/api`. Anything but success is a `CommandFailure` with the broker's own sentence. */
export async function askBroker(question: Question): Promise<JsonObject> {
  const access = brokerAccess(process.env)
  const { status, body } = await send(access, question).catch((error: unknown) => {
    throw error instanceof CommandFailure ? error : unreachable(access, error)
  })
  if (status === 200 && isObject(body)) return body
  const description = isObject(body) ? body['description'] : undefined
  if (typeof description !== 'string')
    throw new CommandFailure(EXIT.unreachable, `what answers at ${access.url} is not Portolan (${status})`)
  throw new CommandFailure(exitCodeOf(status), printable(description))
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
): Promise<{ readonly status: number; readonly body: Json | undefined }> {
  const url = new URL(`${access.url}/api/${question.path.map(encodeURIComponent).join('/')}`)
  for (const [name, value] of Object.entries(question.query ?? {}))
    if (typeof value === 'string') url.searchParams.set(name, value)
  const signal = AbortSignal.timeout(LONGEST_MS)
  const options: RequestOptions = {
    method: question.method ?? 'GET',
    auth: `${access.username}:${access.password}`,
    headers: { Accept: 'application/json', ...(question.method === 'POST' ? { 'Content-Length': 0 } : {}) },
    signal
  }
  const request =
    url.protocol === 'http:' ? httpRequest(url, options) : await securely(url, options, access.certificate)
  request.end()
  const [response] = (await once(request, 'response', { signal })) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await bodyOf(response) }
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

async function bodyOf(response: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += (chunk as Buffer).length
    if (size > LARGEST_BYTES) throw new Error('its answer is too large')
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json
  } catch {
    return undefined
  }
}
