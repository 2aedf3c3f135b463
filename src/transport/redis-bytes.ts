import { isUtf8 } from 'node:buffer'

/**
 * Keys of a tenant are any bytes. What is no UTF-8 is told with each of its bytes above 127 as a lone surrogate, which no real text
 * has, so that the same key can be named again.
 */
export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPE + byte)).join('')
}

/** The other way. */
export function bytesOf(text: string): string | Buffer {
  if (!/[\udc80-\udcff]/u.test(text)) return text
  return Buffer.from(text, 'latin1')
}

/** Its low byte is none, so that the last eight bits are the byte. */
const ESCAPE = 0xdc00
