/** FIPS 186-5, P-256: how many points there are. */
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')

/** Can these bytes be a private key of P-256? All but one of 2^32 random ones can. */
export function isSigningScalar(bytes: Uint8Array): boolean {
  return bytes.length === ORDER.length && ORDER.compare(bytes) > 0 && bytes.some((byte) => byte !== 0)
}
