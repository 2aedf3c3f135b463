import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A request as it stands on the wire. */
export interface SignedPart {
  readonly method: string
  /** With its query, as it is sent. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What an `authorization` header of Signature Version 4 says. */
export interface Authorization {
  readonly credential: string
  /** Day, region, service, `aws4_request`. */
  readonly scope: string
  readonly region: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8}\/([^/,\s]+)\/s3\/aws4_request),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

export function readAuthorization(header: string | undefined): Authorization | undefined {
  const [, credential, scope, region, signed, signature] = FORM.exec(header ?? '') ?? []
  if (credential === undefined || scope === undefined || region === undefined) return undefined
  return { credential, scope, region, signedHeaders: (signed ?? '').split(';'), signature: signature ?? '' }
}

/** Whether whoever signed it has this secret, and signed this very body. */
export function isSigned(part: SignedPart, authorization: Authorization, secret: string): boolean {
  const told = part.headers['x-amz-content-sha256'] ?? ''
  if (told !== 'UNSIGNED-PAYLOAD' && told !== hash(part.body)) return false
  const { signedHeaders, scope, signature } = authorization
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date')) return false
  return timingSafeEqual(Buffer.from(signatureOf(part, signedHeaders, scope, secret)), Buffer.from(signature))
}

/** The same request, signed by somebody else for another place. */
export function resigned(
  { headers, ...part }: SignedPart,
  key: { readonly accessKeyId: string; readonly secretAccessKey: string },
  { host, region }: { readonly host: string; readonly region: string }
): SignedPart {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const all = { ...headers, host, 'x-amz-date': date, 'x-amz-content-sha256': hash(part.body) }
  const signedHeaders = Object.keys(all)
    .filter((name) => name === 'host' || name.startsWith('x-amz-'))
    .toSorted()
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`
  const signature = signatureOf({ ...part, headers: all }, signedHeaders, scope, key.secretAccessKey)
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return { ...part, headers: { ...all, authorization } }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function signatureOf(
  { method, target, headers }: SignedPart,
  signedHeaders: readonly string[],
  scope: string,
  secret: string
): string {
  const [path = '', query = ''] = target.split(/\?(.*)/s)
  const pairs = query.split('&').filter((pair) => pair !== '')
  const canonical = [
    method,
    path,
    pairs
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .toSorted()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    headers['x-amz-content-sha256'] ?? ''
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'] ?? '', scope, hash(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>((from, word) => hmac(from, word), `AWS4${secret}`)
  return hmac(key, text).toString('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
