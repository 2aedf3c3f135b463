import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { didDocument } from '../../src/trust/did.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { FACTS, MOVED, OSB_ID, PUBLIC_URL, RESOURCE_NAME, receiptsOf } from '../trust/scene.ts'

describe('portolan receipt verify', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk

  beforeEach(() => {
    at = desk()
  })
  afterEach(() => at.remove())

  const keep = (name: string, text: string) => writeFileSync(join(at.folder, name), text)
  const verify = (...words: string[]) => at.run(['receipt', 'verify', ...words])

  it('tells a valid receipt to people, without settings and without a broker', async () => {
    const receipts = await receiptsOf({ publicUrl: PUBLIC_URL })
    keep('receipt.jwt', `${await receipts.completion(FACTS)}\n`)
    keep('did.json', JSON.stringify(didDocument(receipts.issuer, receipts.known)))
    // Broken settings, were they read.
    keep('portolan.yaml', 'nix: 1')
    const { code, out, err } = await verify('receipt.jwt', '--did', 'did.json')
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.match(/^valid\nThis proves: it was signed by a key of the given DID document/)
    for (const text of [
      receipts.issuer.did,
      OSB_ID,
      'berlin, berlin-small, berlin-1',
      `paris, paris-small, paris-1 (resource ${MOVED.toResource})`,
      'table 3, sequence 1',
      'a'.repeat(64),
      'freezeMs 4000',
      '2026-11-27T11:59:59.000Z completed',
      '2026-12-27T12:00:00.000Z'
    ])
      expect(out).to.include(text)
    expect(existsSync(at.data)).to.equal(false)
  })

  it('reads standard input, and tells of an erasure what was seen', async () => {
    const receipt = await (await receiptsOf()).erasure(FACTS)
    const { code, out } = await at.run(['receipt', 'verify', '-'], {}, receipt)
    expect(code).to.equal(0)
    expect(out).to.match(/^valid\nThis proves: only that the holder of the key/)
    for (const text of [RESOURCE_NAME, 'operator', 'the database is gone', 'unknown'])
      expect(out).to.include(text)
    expect(out).to.not.include('Verified')
  })

  it('says what is missing when it cannot be verified, exit code 1', async () => {
    keep('receipt.jwt', await (await receiptsOf({ publicUrl: PUBLIC_URL })).completion(FACTS))
    const { code, out } = await verify('receipt.jwt')
    expect(code).to.equal(1)
    expect(out)
      .to.match(/^could not be verified: /)
      .and.include(`fetch ${PUBLIC_URL}/.well-known/did.json and give it with --did`)
      .and.not.include('berlin')
  })

  it('says that a forged one is not valid, exit code 1, and nothing of what it tells', async () => {
    const [head, body = '', signature] = (await (await receiptsOf()).completion(FACTS)).split('.')
    const changed = Buffer.from(body, 'base64url').toString().replace('paris-small', 'paris-large')
    keep('receipt.jwt', `${head}.${Buffer.from(changed).toString('base64url')}.${signature}`)
    const { code, out } = await verify('receipt.jwt')
    expect(code).to.equal(1)
    expect(out)
      .to.match(/^not valid: its signature does not fit/)
      .and.not.include('paris')
  })

  it('prints JSON for programs', async () => {
    keep('receipt.jwt', await (await receiptsOf()).completion(FACTS))
    const answer = await at.json(['receipt', 'verify', 'receipt.jwt'])
    expect(answer)
      .to.have.all.keys('outcome', 'receipt', 'issuer', 'proves')
      .and.include({ outcome: 'valid' })
    keep('receipt.jwt', 'nothing')
    const { code, out } = await verify('receipt.jwt', '--json')
    expect([code, JSON.parse(out).outcome]).to.deep.equal([1, 'not valid'])
  })

  it('names a file that cannot be read, and one that is no DID document', async () => {
    expect(await verify('nix.jwt')).to.deep.include({
      code: 2,
      err: 'portolan: nix.jwt cannot be read (ENOENT)\n'
    })
    keep('receipt.jwt', 'x')
    keep('did.json', '[]')
    const { code, err } = await verify('receipt.jwt', '--did', 'did.json')
    expect([code, err]).to.deep.equal([2, 'portolan: did.json is no DID document: it is no JSON object\n'])
  })
})
