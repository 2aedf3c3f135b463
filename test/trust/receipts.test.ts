import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Switch } from '../../src/domain/switch.ts'
import { BROKER_ID, FACTS, MOVED, OSB_ID, PUBLIC_URL, RESOURCE_NAME, receiptsOf } from './scene.ts'

const subjectOf = (receipt: string) => decodeJwt(receipt)['credentialSubject'] as JsonObject

describe('Receipts', () => {
  it('are VC-JWTs: the credential is the payload, signed with ES256 under the DID URL of the key', async () => {
    const receipts = await receiptsOf({ publicUrl: PUBLIC_URL })
    const receipt = await receipts.completion(FACTS)
    const kid = `did:web:portolan.example.org#${receipts.known[0]?.kid}`
    expect(decodeProtectedHeader(receipt)).to.deep.equal({ alg: 'ES256', typ: 'vc+jwt', cty: 'vc', kid })
    const vc = decodeJwt(receipt)
    expect(vc['@context']).to.deep.equal([
      'https://www.w3.org/ns/credentials/v2',
      { '@vocab': 'urn:portolan:receipt:1#' }
    ])
    expect(vc['type']).to.deep.equal(['VerifiableCredential', 'SwitchReceipt'])
    expect(vc['issuer']).to.equal('did:web:portolan.example.org')
    expect(vc['validFrom']).to.equal('2026-11-27T12:00:00.000Z')
    expect(vc).to.not.have.any.keys('vc', 'vp', 'iss', 'exp', 'validUntil', 'issuerNote')
  })

  it('of a move tell from and to, time line, figures, verification and how long the source is kept', async () => {
    const receipts = await receiptsOf()
    expect(subjectOf(await receipts.completion(FACTS))).to.deep.equal({
      id: `urn:uuid:${MOVED.id}`,
      type: 'Switch',
      broker: BROKER_ID,
      platform: 'cf',
      instance: OSB_ID,
      from: { provider: 'berlin', plan: 'berlin-small', region: 'berlin-1', resource: MOVED.fromResource },
      to: { provider: 'paris', plan: 'paris-small', region: 'paris-1', resource: MOVED.toResource },
      timeline: [
        { state: 'precheck', at: '2026-11-27T11:59:51.000Z' },
        { state: 'freeze', at: '2026-11-27T11:59:55.000Z' },
        { state: 'completed', at: '2026-11-27T11:59:59.000Z' }
      ],
      figures: { ...MOVED.figures },
      verification: {
        verdict: 'equal',
        digest: 'a'.repeat(64),
        compared: { table: 3, sequence: 1 },
        notes: 1
      },
      retrievalUntil: '2026-12-27T12:00:00.000Z'
    })
  })

  it('of an erasure tell what was erased, when, by whose order and how it was seen (SW-11)', async () => {
    const receipt = await (await receiptsOf()).erasure(FACTS)
    expect(decodeJwt(receipt)['type']).to.deep.equal(['VerifiableCredential', 'ErasureReceipt'])
    expect(subjectOf(receipt)).to.deep.equal({
      id: `urn:uuid:${MOVED.fromResource}`,
      type: 'Erasure',
      broker: BROKER_ID,
      platform: 'cf',
      instance: OSB_ID,
      switch: MOVED.id,
      erased: {
        provider: 'berlin',
        plan: 'berlin-small',
        region: 'berlin-1',
        resource: MOVED.fromResource,
        resourceName: RESOURCE_NAME
      },
      method: "deletion through the provider's interface",
      erasedAt: '2026-11-27T11:59:59.500Z',
      orderedBy: 'operator',
      proven: ['the database is gone', 'its logins cannot log in'],
      backupExpiry: 'unknown'
    })
  })

  it('have ids of their own, each credential and each subject', async () => {
    const receipts = await receiptsOf()
    const made = [
      await receipts.completion(FACTS),
      await receipts.completion(FACTS),
      await receipts.erasure(FACTS)
    ].map((each) => decodeJwt(each))
    const ids = [
      ...made.map(({ id }) => id),
      ...made.slice(1).map((each) => (each['credentialSubject'] as JsonObject)['id'])
    ]
    expect(new Set(ids).size).to.equal(5)
    for (const id of ids) expect(id).to.match(/^urn:uuid:[0-9a-f-]{36}$/)
  })

  it('hold neither a key, nor a person, nor what a note says', async () => {
    const scalar = randomBytes(32)
    const receipts = await receiptsOf({ signingKeys: [scalar] })
    for (const receipt of [await receipts.completion(FACTS), await receipts.erasure(FACTS)]) {
      const text = JSON.stringify([decodeProtectedHeader(receipt), decodeJwt(receipt), receipts.known])
      const did = Buffer.from(receipts.issuer.did.replace('did:jwk:', ''), 'base64url').toString()
      for (const hidden of [
        'anna',
        'u-Secret',
        '"d"',
        scalar.toString('base64'),
        scalar.toString('base64url')
      ])
        expect(text + did).to.not.include(hidden)
    }
  })

  it('say so when their issuer is a key without a name', async () => {
    for (const publicUrl of [undefined, 'https://203.0.113.7', 'http://portolan.example.org']) {
      const vc = decodeJwt(await (await receiptsOf({ publicUrl })).completion(FACTS))
      expect(vc['issuer']).to.match(/^did:jwk:/)
      expect(vc['issuerNote']).to.include('only that whoever holds that key signed')
    }
  })

  it('are not given for what was not seen as equal, nor for an erasure that was not done', async () => {
    const receipts = await receiptsOf()
    const { verification, erasure: _, ...rest } = MOVED
    if (!verification) throw new Error('no verification')
    const unverified: Switch[] = [
      rest,
      { ...rest, verification: { ...verification, verdict: 'unverifiable' } },
      { ...rest, verification: { ...verification, verdict: 'different' } }
    ]
    for (const each of unverified) {
      const failure = await receipts.completion({ ...FACTS, record: each }).catch((error: Error) => error)
      expect(failure).to.be.an('error').with.property('message').that.includes('no verification')
    }
    const failure = await receipts.erasure({ ...FACTS, record: rest }).catch((error: Error) => error)
    expect(failure).to.be.an('error').with.property('message').that.includes('not erased')
  })
})
