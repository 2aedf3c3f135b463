import { randomUUID } from 'node:crypto'
import { CompactSign } from 'jose'
import type { JsonObject } from '../contract/json.ts'
import { type Issuer, issuerOf, keyIdOf } from './did.ts'
import { completionClaims, erasureClaims, type ReceiptFacts, VOCABULARY } from './receipt-claims.ts'
import { type PublicKey, type SigningKey, signingKeyOf } from './signing-key.ts'

/** Signs what a switch came to. */
export interface Receipts {
  /** VC-JWT: what was moved, how it was verified, how long it took. */
  completion(facts: ReceiptFacts): Promise<string>
  /** VC-JWT: that the source is erased, and how that was seen. */
  erasure(facts: ReceiptFacts): Promise<string>
}

export interface ReceiptIssuer extends Receipts {
  readonly issuer: Issuer
}

export interface ReceiptOptions {
  /** 32 bytes each; the first one signs. */
  readonly signingKeys: readonly [Buffer, ...Buffer[]]
  readonly publicUrl?: string | undefined
  /** Keeps public halves for as long as there are receipts; done before anything is signed. */
  remember(keys: readonly PublicKey[]): Promise<void>
}

const NOTE =
  'The issuer is a key and not a name: this proves only that whoever holds that key signed. The broker had no public https address with a DNS name.'

export async function openReceipts(options: ReceiptOptions): Promise<ReceiptIssuer> {
  const [first, ...others] = options.signingKeys
  const signing = signingKeyOf(first)
  await options.remember([signing.publicKey, ...others.map((each) => signingKeyOf(each).publicKey)])
  const issuer = issuerOf(options.publicUrl, signing.publicKey)
  const issue = (type: string, now: number, subject: JsonObject) =>
    sign(credential(issuer, type, now, subject), issuer, signing)
  return {
    issuer,
    completion: async (facts) => issue('SwitchReceipt', facts.now, completionClaims(facts)),
    erasure: async (facts) => issue('ErasureReceipt', facts.now, erasureClaims(facts))
  }
}

/** VC Data Model 2.0. A receipt tells what has happened, and so does not end. */
function credential(issuer: Issuer, type: string, now: number, subject: JsonObject): JsonObject {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', { '@vocab': VOCABULARY }],
    id: `urn:uuid:${randomUUID()}`,
    type: ['VerifiableCredential', type],
    issuer: issuer.did,
    ...(issuer.method === 'jwk' ? { issuerNote: NOTE } : {}),
    validFrom: new Date(now).toISOString(),
    credentialSubject: subject
  }
}

/** Enveloped by VC-JOSE-COSE §3.1: the credential is the payload. */
function sign(vc: JsonObject, issuer: Issuer, { publicKey, privateKey }: SigningKey): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(vc)))
    .setProtectedHeader({ alg: 'ES256', typ: 'vc+jwt', cty: 'vc', kid: keyIdOf(issuer, publicKey) })
    .sign(privateKey)
}
