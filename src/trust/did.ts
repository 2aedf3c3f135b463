import { isIP } from 'node:net'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { PublicKey } from './signing-key.ts'

/** Who signs. `did:web` is bound to a name of the DNS; `did:jwk` is the key itself and says nothing of its holder. */
export interface Issuer {
  readonly method: 'web' | 'jwk'
  readonly did: string
}

const WEB = 'did:web:'
const JWK = 'did:jwk:'

/** `did:web` of the public address when that has a DNS name and https, else `did:jwk` of the key. */
export function issuerOf(publicUrl: string | undefined, key: PublicKey): Issuer {
  const web = publicUrl === undefined ? undefined : webDid(publicUrl)
  return web === undefined
    ? { method: 'jwk', did: `${JWK}${base64url(withoutKid(key))}` }
    : { method: 'web', did: web }
}

export function webDid(publicUrl: string): string | undefined {
  const { protocol, hostname, port, pathname } = new URL(publicUrl)
  if (protocol !== 'https:' || !isDnsName(hostname)) return undefined
  const segments = pathname.split('/').filter((segment) => segment !== '')
  const host = port === '' ? hostname : `${hostname}%3A${port}`
  return `${WEB}${[host, ...segments.map((segment) => segment.replaceAll(':', '%3A'))].join(':')}`
}

/** A name that others can resolve: of at least two labels, and not an address. */
function isDnsName(hostname: string): boolean {
  const isAddress = hostname.startsWith('[') || isIP(hostname) !== 0
  return !isAddress && /[^.]\.[^.]/.test(hostname) && !/(?:^|\.)localhost\.?$/.test(hostname)
}

/** Where the document of a `did:web` lies. */
export function documentUrl(did: string): string | undefined {
  const [host, ...path] = did.startsWith(WEB) ? did.slice(WEB.length).split(':') : []
  if (!host) return undefined
  const place = path.length === 0 ? '.well-known' : path.join('/')
  return `https://${host.replace(/%3A/i, ':')}/${place}/did.json`
}

/** As `kid` of a signature and `id` of a verification method. */
export function keyIdOf({ method, did }: Issuer, { kid }: PublicKey): string {
  return method === 'web' ? `${did}#${kid}` : `${did}#0`
}

/** The document of a `did:web` has every key that ever signed; that of a `did:jwk` can have only its own. */
export function didDocument(issuer: Issuer, keys: readonly PublicKey[]): JsonObject {
  const listed =
    issuer.method === 'web' ? keys : keys.filter((key) => issuerOf(undefined, key).did === issuer.did)
  return documentOf(
    issuer.did,
    listed.map((key) => ({
      id: keyIdOf(issuer, key),
      jwk: issuer.method === 'web' ? key : withoutKid(key)
    }))
  )
}

/** What a `did:jwk` stands for; needs nobody. Nothing when it is none, or damaged. */
export function documentOfJwk(did: string): JsonObject | undefined {
  if (!did.startsWith(JWK)) return undefined
  const jwk = parsed(Buffer.from(did.slice(JWK.length), 'base64url').toString())
  return jwk && documentOf(did, [{ id: `${did}#0`, jwk }])
}

function documentOf(
  did: string,
  methods: readonly { readonly id: string; readonly jwk: JsonObject }[]
): JsonObject {
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
    id: did,
    verificationMethod: methods.map(({ id, jwk }) => ({
      id,
      type: 'JsonWebKey',
      controller: did,
      publicKeyJwk: jwk
    })),
    assertionMethod: methods.map(({ id }) => id)
  }
}

/** A did:jwk has one key, which needs no name. */
function withoutKid({ kty, crv, x, y, alg }: PublicKey): JsonObject {
  return { kty, crv, x, y, alg }
}

function base64url(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
