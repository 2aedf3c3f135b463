import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { calculateJwkThumbprint } from 'jose'
import { derivedScalar, signingKeyOf } from '../../src/trust/signing-key.ts'

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

describe('A signing key', () => {
  it('is 32 bytes, the private scalar of P-256, and tells its public half', () => {
    // RFC 6979 §A.2.5
    const scalar = Buffer.from('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721', 'hex')
    const { publicKey, privateKey } = signingKeyOf(scalar)
    expect(Buffer.from(publicKey.x, 'base64url').toString('hex')).to.equal(
      '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'
    )
    expect(Buffer.from(publicKey.y, 'base64url').toString('hex')).to.equal(
      '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299'
    )
    expect(publicKey).to.include({ kty: 'EC', crv: 'P-256', alg: 'ES256' }).and.not.have.property('d')
    expect(privateKey.asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' })
  })

  it('is named by its thumbprint', async () => {
    const { publicKey } = signingKeyOf(randomBytes(32))
    expect(publicKey.kid).to.equal(await calculateJwkThumbprint(publicKey))
  })

  for (const [what, hex] of [
    ['zero', '00'.repeat(32)],
    ['the order of the curve', ORDER],
    ['more than that', 'ff'.repeat(32)],
    ['shorter', '01'.repeat(31)]
  ] as const)
    it(`is refused when it is ${what}`, () => {
      expect(() => signingKeyOf(Buffer.from(hex, 'hex'))).to.throw('out of the range of P-256')
    })

  it('may be the greatest and the smallest that there is', () => {
    for (const hex of [ORDER.replace(/1$/, '0'), '01'.padStart(64, '0')])
      expect(() => signingKeyOf(Buffer.from(hex, 'hex'))).to.not.throw()
  })

  it('is derived from a sealing key where none is given: always the same, and not that key', () => {
    const sealing = randomBytes(32)
    expect(derivedScalar(sealing)).to.deep.equal(derivedScalar(Buffer.from(sealing)))
    expect(derivedScalar(sealing)).to.not.deep.equal(sealing)
    expect(derivedScalar(sealing)).to.not.deep.equal(derivedScalar(randomBytes(32)))
    expect(() => signingKeyOf(derivedScalar(sealing))).to.not.throw()
  })
})
