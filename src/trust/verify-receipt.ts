import { compactVerify, decodeProtectedHeader, errors, importJWK, type JWK } from 'jose'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { documentOfJwk, documentUrl } from './did.ts'

/** Three, and never two: what could not be looked at is neither good nor bad. */
export type ReceiptVerdict =
  | {
      readonly outcome: 'valid'
      readonly receipt: JsonObject
      readonly issuer: string
      /** What a valid signature says, and what it does not. */
      readonly proves: string
    }
  | { readonly outcome: 'not valid'; readonly reason: string }
  | { readonly outcome: 'could not be verified'; readonly reason: string; readonly remedy: string }

export interface VerifyOptions {
  readonly now: number
  /** The document by which the issuer is known. Without it only a `did:jwk` can be verified, for nobody is asked. */
  readonly didDocument?: JsonObject | undefined
}

class NotValid extends Error {
  override readonly name = 'NotValid'
}

class Unverifiable extends Error {
  override readonly name = 'Unverifiable'
  readonly remedy: string

  constructor(reason: string, remedy: string) {
    super(reason)
    this.remedy = remedy
  }
}

interface Signed {
  readonly token: string
  readonly alg: string
  readonly kid: string
  readonly issuer: string
}

/** Never `none`, nothing with a shared secret, nothing with PKCS #1 v1.5. */
const ALGORITHMS: readonly Json[] = ['ES256', 'ES384', 'PS256', 'PS384', 'EdDSA']
/** The older names are those of earlier drafts. */
const TYPES: readonly Json[] = ['vc+jwt', 'vc+ld+json+jwt', 'vc+ld+jwt']
const CONTENT_TYPES: readonly Json[] = ['vc', 'vc+ld+json', 'vc+ld']
const CREDENTIALS = 'https://www.w3.org/ns/credentials/v2'
const LONGEST = 1_000_000
const CLOCK_SKEW_MS = 60_000

/** Asks nobody. */
export async function verifyReceipt(token: string, options: VerifyOptions): Promise<ReceiptVerdict> {
  try {
    const signed = read(token.trim())
    const document = documentFor(signed, options.didDocument)
    const receipt = await signedBy(signed, keyOf(signed, document))
    checkCredential(receipt, options.now)
    const proves = provenBy(signed.issuer, options.didDocument !== undefined)
    return { outcome: 'valid', receipt, issuer: signed.issuer, proves }
  } catch (error) {
    if (error instanceof NotValid) return { outcome: 'not valid', reason: error.message }
    if (!(error instanceof Unverifiable)) throw error
    return { outcome: 'could not be verified', reason: error.message, remedy: error.remedy }
  }
}

/** What is claimed, before anything is believed. */
function read(token: string): Signed {
  if (token.length > LONGEST || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token))
    throw new NotValid('it is no VC-JWT: that is three parts in base64url, joined by dots')
  const { alg, kid } = acceptedHeader(token)
  const { issuer: written } = payloadOf(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  const issuer = isObject(written) ? written['id'] : written
  if (typeof issuer !== 'string') throw new NotValid('it names no issuer')
  if (typeof kid !== 'string' || !kid.startsWith(`${issuer}#`))
    throw new NotValid(`its key ${told(kid)} is not the issuer's, ${issuer}`)
  return { token, alg: String(alg), kid, issuer }
}

function acceptedHeader(token: string): JsonObject {
  const header = headerOf(token)
  const { alg = null, typ = null, cty } = header
  if (!ALGORITHMS.includes(alg)) throw new NotValid(`its algorithm ${told(alg)} is not accepted`)
  if (!TYPES.includes(typ)) throw new NotValid(`its type ${told(typ)} is not that of a credential`)
  if (cty !== undefined && !CONTENT_TYPES.includes(cty))
    throw new NotValid(`its content type ${told(cty)} is not that of a credential`)
  return header
}

function headerOf(token: string): JsonObject {
  try {
    return decodeProtectedHeader(token) as JsonObject
  } catch {
    throw new NotValid('its header cannot be read')
  }
}

function payloadOf(bytes: Uint8Array): JsonObject {
  try {
    const value: Json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(value)) return value
  } catch {
    // Told below.
  }
  throw new NotValid('its content is no JSON object')
}

function documentFor({ issuer }: Signed, pinned: JsonObject | undefined): JsonObject {
  if (pinned) {
    if (pinned['id'] === issuer) return pinned
    throw new Unverifiable(
      `it was issued by ${issuer}, and the DID document is of ${told(pinned['id'])}`,
      'give the DID document of the issuer'
    )
  }
  const own = documentOfJwk(issuer)
  if (own) return own
  if (issuer.startsWith('did:jwk:')) throw new NotValid('its issuer, a did:jwk, is damaged')
  const url = documentUrl(issuer)
  throw new Unverifiable(
    `the keys of ${issuer} are not at hand, and nobody is asked for them`,
    url === undefined ? 'give the DID document of the issuer' : `fetch ${url} and give it with --did`
  )
}

/** The key by which the issuer makes assertions, under the very id that the signature names. */
function keyOf({ alg, kid, issuer }: Signed, document: JsonObject): JsonObject {
  const full = (id: Json | undefined) => (typeof id === 'string' && id.startsWith('#') ? issuer + id : id)
  const assertions = listOf(document['assertionMethod'])
  const isListed = assertions.some((each) => full(isObject(each) ? each['id'] : each) === kid)
  const methods = [...listOf(document['verificationMethod']), ...assertions].filter(isObject)
  const method = methods.find(({ id }) => full(id) === kid)
  if (!method || !isListed)
    throw new Unverifiable(
      `the DID document of ${issuer} has no key ${kid} for assertions`,
      'fetch the DID document anew: it may be older than the receipt'
    )
  const { controller, publicKeyJwk: jwk } = method
  if (controller !== undefined && controller !== issuer)
    throw new NotValid(`its key is controlled by ${told(controller)}`)
  if (!isObject(jwk)) throw new NotValid(`its key ${kid} is no JWK`)
  if (jwk['alg'] !== alg) throw new NotValid(`it is signed by ${alg}, and its key is for ${told(jwk['alg'])}`)
  return jwk
}

async function signedBy({ token, alg }: Signed, jwk: JsonObject): Promise<JsonObject> {
  try {
    const key = await importJWK(jwk as JWK, alg)
    const { payload } = await compactVerify(token, key, { algorithms: [alg] })
    return payloadOf(payload)
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      throw new NotValid('its signature does not fit: it was changed, or signed by another key')
    if (error instanceof NotValid) throw error
    throw new NotValid(
      `its signature cannot be checked: ${error instanceof Error ? error.message : 'damaged'}`
    )
  }
}

function checkCredential(receipt: JsonObject, now: number): void {
  if ('vc' in receipt || 'vp' in receipt) throw new NotValid('it wraps a credential and is none')
  if (
    listOf(receipt['@context'])[0] !== CREDENTIALS ||
    !listOf(receipt['type']).includes('VerifiableCredential')
  )
    throw new NotValid('it is no verifiable credential of version 2')
  const from = instantOf(receipt, 'validFrom')
  const until = instantOf(receipt, 'validUntil')
  if (from !== undefined && from > now + CLOCK_SKEW_MS)
    throw new NotValid(`it is not valid before ${new Date(from).toISOString()}`)
  if (until !== undefined && until < now - CLOCK_SKEW_MS)
    throw new NotValid(`it was valid until ${new Date(until).toISOString()}`)
}

function instantOf(receipt: JsonObject, name: string): number | undefined {
  const written = receipt[name]
  if (written === undefined) return undefined
  const instant = typeof written === 'string' && /^\d{4}-\d\d-\d\dT/.test(written) ? Date.parse(written) : NaN
  if (Number.isNaN(instant)) throw new NotValid(`its ${name} is no time`)
  return instant
}

function provenBy(issuer: string, isPinned: boolean): string {
  if (isPinned) return `it was signed by a key of the given DID document, that of ${issuer}`
  return 'only that the holder of the key in its issuer signed it; whose key that is, it does not say'
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function told(value: Json | undefined): string {
  if (value === undefined || value === null) return '(none)'
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200)
}
