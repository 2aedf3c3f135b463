import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StoreKey } from '../radosgw.ts'
import { type Need, needsOf } from './s3-actions.ts'
import { isSigned, readAuthorization, resigned, type SignedPart } from './s3-signature.ts'

/** A request of the S3 API whose signature holds. */
export interface S3Asked extends SignedPart {
  readonly query: URLSearchParams
  /** Empty: it is about all buckets. */
  readonly bucket: string
  readonly key: string
  /** Who signed it, and for which region. */
  readonly credential: string
  readonly region: string
  /** The rights it takes; none for a list of all buckets. */
  readonly needs: readonly Need[]
}

export interface S3Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** An answer that is no success. */
export class S3Problem extends Error {
  override readonly name = 'S3Problem'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message = code) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** What a fake says about requests; what it lets through a real store answers. */
export interface S3Front {
  /** Of an access key as it was sent; undefined: there is none. */
  secretOf(credential: string): string | undefined
  /** Throws `S3Problem` for what it refuses. */
  answer(asked: S3Asked): Promise<S3Reply>
}

/** A store behind it, and as whom requests reach that. */
export interface Behind {
  readonly endpoint: string
  readonly region: string
  readonly key: StoreKey
}

/** An S3 endpoint on loopback, buckets in the path. Answers its address. */
export async function serveS3(front: S3Front): Promise<string> {
  const server = createServer((request, response) => {
    void reply(front, request, response).catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
  })
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function reply(front: S3Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const part = await partOf(request)
  const { status, headers, body } = await answered(front, part)
  response.writeHead(status, { 'x-amz-request-id': 'txg0', ...headers })
  response.end(body)
}

async function answered(front: S3Front, part: SignedPart): Promise<S3Reply> {
  try {
    return await front.answer(askedBy(front, part))
  } catch (error) {
    if (!(error instanceof S3Problem)) throw error
    return { status: error.status, headers: { 'content-type': 'application/xml' }, body: xmlOf(error, part) }
  }
}

function askedBy(front: S3Front, part: SignedPart): S3Asked {
  const authorization = readAuthorization(part.headers['authorization'])
  if (authorization === undefined) throw new S3Problem(403, 'AccessDenied', 'Access Denied')
  const secret = front.secretOf(authorization.credential)
  if (secret === undefined) throw new S3Problem(403, 'InvalidAccessKeyId')
  if (!isSigned(part, authorization, secret)) throw new S3Problem(403, 'SignatureDoesNotMatch')
  const [path = '', search = ''] = part.target.split(/\?(.*)/s)
  const [bucket = '', key = ''] = decodeURIComponent(path.slice(1)).split(/\/(.*)/s)
  const query = new URLSearchParams(search)
  const needs = bucket === '' ? [] : needsOf({ ...part, bucket, key, query })
  if (needs === undefined) throw new S3Problem(501, 'NotImplemented')
  const { credential, region } = authorization
  return { ...part, query, bucket, key, credential, region, needs }
}

/** What belongs to one connection, or to the signature that is made anew. */
const OWN =
  /^(authorization|host|connection|content-length|transfer-encoding|expect|amz-sdk-.*|x-amz-user-agent)$/

/** The same request at the store behind. */
export function forward(asked: SignedPart, { endpoint, region, key }: Behind): Promise<S3Reply> {
  const { host, hostname, port } = new URL(endpoint)
  const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !OWN.test(name)))
  const sent = resigned({ ...asked, headers }, key, { host, region })
  return new Promise((resolve, reject) => {
    const options = {
      host: hostname,
      port,
      method: sent.method,
      path: sent.target,
      headers: { ...sent.headers, 'content-length': String(sent.body.length) },
      agent: false
    }
    const outgoing = plainRequest(options, (answer) => {
      bytesOf(answer).then((body) => resolve(replyOf(answer, body)), reject)
    })
    outgoing.on('error', reject)
    outgoing.end(sent.body)
  })
}

function replyOf(answer: IncomingMessage, body: Buffer): S3Reply {
  const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = flat(answer)
  return { status: answer.statusCode ?? 502, headers, body }
}

async function partOf(request: IncomingMessage): Promise<SignedPart> {
  const body = await bytesOf(request)
  return { method: request.method ?? 'GET', target: request.url ?? '/', headers: flat(request), body }
}

function flat({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function xmlOf({ code, message }: S3Problem, { target }: SignedPart): string {
  const at = target.split('?')[0] ?? ''
  return `<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>txg0</RequestId><HostId>txg0</HostId><Resource>${at}</Resource></Error>`
}
