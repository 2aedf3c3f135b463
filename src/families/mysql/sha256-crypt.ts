import { createHash } from 'node:crypto'

const LETTERS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** U. Drepper, "Unix crypt using SHA-256 and SHA-512": the digest in its own letters. The salt may be longer than the 16 bytes of crypt(3). */
export function sha256Crypt(password: Uint8Array, salt: Uint8Array, rounds: number): string {
  const inner = digest(password, salt, password)
  let first = digestOf(firstParts(password, salt, inner))
  const pieceOfPassword = repeated(digestOf(Array.from(password, () => password)), password.length)
  const times = 16 + (first[0] ?? 0)
  const pieceOfSalt = repeated(digestOf(Array.from({ length: times }, () => salt)), salt.length)
  for (let round = 0; round < rounds; round += 1) {
    const parts: Uint8Array[] = [round % 2 === 1 ? pieceOfPassword : first]
    if (round % 3 !== 0) parts.push(pieceOfSalt)
    if (round % 7 !== 0) parts.push(pieceOfPassword)
    parts.push(round % 2 === 1 ? first : pieceOfPassword)
    first = digestOf(parts)
  }
  return inLetters(first)
}

function firstParts(password: Uint8Array, salt: Uint8Array, inner: Buffer): readonly Uint8Array[] {
  const parts: Uint8Array[] = [password, salt, repeated(inner, password.length)]
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? inner : password)
  return parts
}

function digest(...parts: readonly Uint8Array[]): Buffer {
  return digestOf(parts)
}

function digestOf(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function repeated(block: Buffer, length: number): Buffer {
  const whole = Array.from({ length: Math.ceil(length / block.length) }, () => block)
  return Buffer.concat(whole).subarray(0, length)
}

/** Three bytes, a third of the digest apart and turned by one each time, make four letters, the lowest bits first. */
function inLetters(bytes: Buffer): string {
  const at = (place: number) => bytes[place] ?? 0
  let text = ''
  for (let turn = 0; turn < 10; turn += 1) {
    const places = [turn, turn + 10, turn + 20]
    const [one = 0, two = 0, three = 0] = [0, 1, 2].map((each) => places[(each + 2 * turn) % 3] ?? 0)
    text += letters((at(one) << 16) | (at(two) << 8) | at(three), 4)
  }
  return text + letters((at(31) << 8) | at(30), 3)
}

function letters(value: number, count: number): string {
  return Array.from({ length: count }, (_, place) => LETTERS[(value >> (6 * place)) & 63]).join('')
}
