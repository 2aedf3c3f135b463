import { createECDH, createHash, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto'
import { isSigningScalar } from '../domain/signing-scalar.ts'

/** What the world may know of a signing key: enough to verify. A type, so that it is a `JsonObject`. */
export type PublicKey = {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly alg: 'ES256'
  /** Its thumbprint (RFC 7638): two keys never have one id, whatever they are called in the settings. */
  readonly kid: string
}

export interface SigningKey {
  readonly publicKey: PublicKey
  readonly privateKey: KeyObject
}

/** The key pair of ES256 whose private half these 32 bytes are. */
export function signingKeyOf(scalar: Buffer): SigningKey {
  if (!isSigningScalar(scalar))
    throw new Error('a signing key is out of the range of P-256: make another with openssl rand -base64 32')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d: scalar.toString('base64url') }
  return {
    publicKey: { kty: 'EC', crv: 'P-256', x, y, alg: 'ES256', kid },
    privateKey: createPrivateKey({ key: jwk, format: 'jwk' })
  }
}

/**
 * The signing key of a broker that was given none. Derived, because replicas have one sealing key and must sign as one; there is
 * nothing more to keep or to lose, and rotating the sealing key makes a new one.
 */
export function derivedScalar(sealingKey: Buffer): Buffer {
  for (let round = 0; ; round++) {
    const scalar = Buffer.from(hkdfSync('sha256', sealingKey, '', `portolan signing key ${round}`, 32))
    if (isSigningScalar(scalar)) return scalar
  }
}
