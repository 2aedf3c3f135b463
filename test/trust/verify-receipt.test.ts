import { createHmac, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { CompactSign, decodeJwt, decodeProtectedHeader } from 'jose'
import type { JsonObject } from '../../src/contract/json.ts'
import { didDocument, issuerOf } from '../../src/trust/did.ts'
import { signingKeyOf } from '../../src/trust/signing-key.ts'
import { type ReceiptVerdict, verifyReceipt } from '../../src/trust/verify-receipt.ts'
import { FACTS, NOW, PUBLIC_URL, receiptsOf } from './scene.ts'

const SCALAR = randomBytes(32)
const KEY = signingKeyOf(SCALAR)
const ISSUER = issuerOf(PUBLIC_URL, KEY.publicKey)
const DOCUMENT = didDocument(ISSUER, [KEY.publicKey])
const KID = `${ISSUER.did}#${KEY.publicKey.kid}`
const HEADER = { alg: 'ES256', typ: 'vc+jwt', cty: 'vc', kid: KID }

describe('Verifying a receipt', () => {
  let receipt: string
  let payload: JsonObject

  before(async () => {
    receipt = await (await receiptsOf({ publicUrl: PUBLIC_URL, signingKeys: [SCALAR] })).completion(FACTS)
    payload = decodeJwt(receipt) as JsonObject
  })

  const verify = (token: string, document: JsonObject | undefined = DOCUMENT) =>
    verifyReceipt(token, { now: NOW, didDocument: document })
  /** Signed by the right key, whatever it says. */
  const signed = (changes: JsonObject, header: object = {}) =>
    new CompactSign(Buffer.from(JSON.stringify({ ...payload, ...changes })))
      .setProtectedHeader({ ...HEADER, ...header })
      .sign(KEY.privateKey)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const reasonOf = (verdict: ReceiptVerdict) => ('reason' in verdict ? verdict.reason : '')

  async function expectNotValid(token: string, reason: string, document?: JsonObject): Promise<void> {
    const verdict = await verify(token, document)
    expect(verdict.outcome).to.equal('not valid')
    expect(reasonOf(verdict)).to.include(reason)
  }

  it('finds it valid by the DID document, and answers what it says', async () => {
    const verdict = await verify(`${receipt}\n`)
    expect(verdict).to.include({ outcome: 'valid', issuer: ISSUER.did })
    expect('receipt' in verdict && verdict.receipt).to.deep.equal(payload)
  })

  it('of a did:jwk needs nothing else, and says what little that proves', async () => {
    const own = await (await receiptsOf()).completion(FACTS)
    const verdict = await verifyReceipt(own, { now: NOW })
    expect(verdict.outcome).to.equal('valid')
    expect('proves' in verdict && verdict.proves).to.include('only that the holder of the key')
  })

  it('of a did:jwk is as strict as of any other', async () => {
    const [head = '', , signature = ''] = (await (await receiptsOf()).completion(FACTS)).split('.')
    const { kid } = decodeProtectedHeader(`${head}.${part({})}.${signature}`)
    const forged = part({ ...payload, issuer: String(kid).replace('#0', '') })
    const verdict = await verifyReceipt(`${head}.${forged}.${signature}`, { now: NOW })
    expect(reasonOf(verdict)).to.include('signature does not fit')
  })

  it('of a did:web without its document cannot be done, and says where the document lies', async () => {
    const verdict = await verifyReceipt(receipt, { now: NOW })
    expect(verdict.outcome).to.equal('could not be verified')
    expect('remedy' in verdict && verdict.remedy).to.include(`${PUBLIC_URL}/.well-known/did.json`)
  })

  it('by the document of somebody else is never valid', async () => {
    const own = await (await receiptsOf()).completion(FACTS)
    expect((await verify(own)).outcome).to.equal('could not be verified')
  })

  it('of a retired key goes on after a rotation, and a new key signs', async () => {
    const known = [KEY.publicKey]
    const next = await receiptsOf({ publicUrl: PUBLIC_URL, signingKeys: [randomBytes(32), SCALAR], known })
    const newer = await next.completion(FACTS)
    expect(decodeProtectedHeader(newer).kid).to.not.equal(KID)
    const document = didDocument(next.issuer, next.known)
    expect(next.known).to.have.length(2)
    for (const each of [receipt, newer]) expect((await verify(each, document)).outcome).to.equal('valid')
    const old = await verify(newer)
    expect(old.outcome).to.equal('could not be verified')
    expect('remedy' in old && old.remedy).to.include('anew')
  })

  it('sees every changed character of the payload', async () => {
    const [head, , signature] = receipt.split('.')
    const changed = {
      ...payload,
      credentialSubject: { ...(payload['credentialSubject'] as JsonObject), instance: 'x' }
    }
    await expectNotValid(`${head}.${part(changed)}.${signature}`, 'signature does not fit')
  })

  it('sees that another key signed under the name of the right one', async () => {
    const other = signingKeyOf(randomBytes(32))
    const forged = await new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader(HEADER)
      .sign(other.privateKey)
    await expectNotValid(forged, 'signature does not fit')
  })

  it('is not misled by a key that the receipt brings along', async () => {
    const other = signingKeyOf(randomBytes(32))
    const forged = await new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ ...HEADER, jwk: other.publicKey })
      .sign(other.privateKey)
    await expectNotValid(forged, 'signature does not fit')
  })

  it('accepts neither no algorithm nor a shared secret', async () => {
    const body = part(payload)
    for (const alg of ['none', 'None', 'NONE'])
      await expectNotValid(`${part({ ...HEADER, alg })}.${body}.`, 'algorithm')
    const head = `${part({ ...HEADER, alg: 'HS256' })}.${body}`
    const secret = JSON.stringify(KEY.publicKey)
    const mac = createHmac('sha256', secret).update(head).digest('base64url')
    await expectNotValid(`${head}.${mac}`, 'algorithm HS256')
    for (const alg of ['RS256', undefined])
      await expectNotValid(`${part({ ...HEADER, alg })}.${body}.AA`, 'algorithm')
  })

  it('demands that key and signature name one algorithm', async () => {
    const [head = ''] = receipt.split('.')
    const stranger = {
      ...DOCUMENT,
      verificationMethod: [{ id: KID, publicKeyJwk: { ...KEY.publicKey, alg: 'ES384' } }]
    }
    expect(head).to.not.equal('')
    await expectNotValid(receipt, 'key is for ES384', stranger)
    const { alg: _, ...without } = KEY.publicKey
    await expectNotValid(receipt, '(none)', {
      ...DOCUMENT,
      verificationMethod: [{ id: KID, publicKeyJwk: without }]
    })
  })

  it('demands a key for assertions, controlled by the issuer', async () => {
    const unlisted = await verify(receipt, { ...DOCUMENT, assertionMethod: [] })
    expect(unlisted.outcome).to.equal('could not be verified')
    const [method] = DOCUMENT['verificationMethod'] as readonly JsonObject[]
    const foreign = { ...DOCUMENT, verificationMethod: [{ ...method, controller: 'did:web:other.example' }] }
    await expectNotValid(receipt, 'controlled by did:web:other.example', foreign)
  })

  it('reads documents of others: short ids, keys that stand in assertionMethod', async () => {
    const short = `#${KEY.publicKey.kid}`
    const [method] = DOCUMENT['verificationMethod'] as readonly JsonObject[]
    const { verificationMethod: _, ...rest } = DOCUMENT
    for (const document of [
      { ...DOCUMENT, verificationMethod: [{ ...method, id: short }], assertionMethod: [short] },
      { ...rest, assertionMethod: [{ ...method, id: short }] }
    ])
      expect((await verify(receipt, document)).outcome).to.equal('valid')
  })

  it('demands that the issuer signs with a key of its own', async () => {
    await expectNotValid(await signed({ issuer: 'did:web:other.example' }), "is not the issuer's")
    await expectNotValid(await signed({ issuer: 'did:web:portolan.example' }), "is not the issuer's")
    await expectNotValid(await signed({}, { kid: undefined }), "is not the issuer's")
    await expectNotValid(await signed({ issuer: 7 }), 'names no issuer')
    expect((await verify(await signed({ issuer: { id: ISSUER.did } }))).outcome).to.equal('valid')
  })

  it('demands the type of a credential, and knows its older names', async () => {
    await expectNotValid(await signed({}, { typ: 'JWT' }), 'type JWT')
    await expectNotValid(await signed({}, { typ: undefined }), 'type (none)')
    await expectNotValid(await signed({}, { cty: 'vp' }), 'content type vp')
    expect((await verify(await signed({}, { typ: 'vc+ld+json+jwt', cty: 'vc+ld+json' }))).outcome).to.equal(
      'valid'
    )
    await expectNotValid(await signed({ type: ['Something'] }), 'no verifiable credential')
    await expectNotValid(
      await signed({ '@context': ['https://www.w3.org/2018/credentials/v1'] }),
      'version 2'
    )
    await expectNotValid(await signed({ vc: {} }), 'wraps a credential')
  })

  it('looks at the time: not yet, not any more, and what is no time', async () => {
    const hour = 3_600_000
    const at = (ms: number) => new Date(NOW + ms).toISOString()
    await expectNotValid(await signed({ validFrom: at(hour) }), `not valid before ${at(hour)}`)
    await expectNotValid(await signed({ validUntil: at(-hour) }), `valid until ${at(-hour)}`)
    await expectNotValid(await signed({ validFrom: 'tomorrow' }), 'validFrom is no time')
    await expectNotValid(await signed({ validUntil: 5 }), 'validUntil is no time')
    // A clock that goes a little wrong.
    expect((await verify(await signed({ validFrom: at(30_000) }))).outcome).to.equal('valid')
  })

  it('demands nothing of what it does not know, and understands what is critical', async () => {
    expect((await verify(await signed({ more: true }, { more: true }))).outcome).to.equal('valid')
    const [, body, signature] = receipt.split('.')
    await expectNotValid(
      `${part({ ...HEADER, crit: ['b64'], b64: false })}.${body}.${signature}`,
      'signature'
    )
    await expectNotValid(`${part({ ...HEADER, crit: ['x'], x: 1 })}.${body}.${signature}`, 'signature')
  })

  for (const [what, token] of Object.entries({
    nothing: '',
    'a sentence': 'this is not a receipt',
    'two parts': 'e30.e30',
    'no JSON': 'AAAA.AAAA.AAAA',
    'an endless one': `${'A'.repeat(1_000_000)}.e30.AA`,
    'a header that is a list': `${Buffer.from('[]').toString('base64url')}.e30.AA`
  }))
    it(`refuses ${what}`, async () => {
      expect((await verify(token)).outcome).to.equal('not valid')
    })

  it('refuses a damaged did:jwk', async () => {
    const issuer = 'did:jwk:AAAA'
    const token = `${part({ ...HEADER, kid: `${issuer}#0` })}.${part({ ...payload, issuer })}.AA`
    const verdict = await verifyReceipt(token, { now: NOW })
    expect(verdict).to.deep.equal({ outcome: 'not valid', reason: 'its issuer, a did:jwk, is damaged' })
  })
})
