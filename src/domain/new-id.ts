import { randomBytes } from 'node:crypto'

/**
 * An id of ours: a UUID that begins with the time (version 7, RFC 9562 §5.7). What is made together lies together in the store's
 * indexes: with random ids every accepted request touches a page of its own in each of them.
 */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
