import { createHmac, randomBytes } from 'node:crypto'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const NAME_LENGTH = 20
const PASSWORD_LENGTH = 32

/** A random name for something at a provider: a letter and 20 of base32, never derived from an id that a platform sent. */
export function randomName(letter: 'p' | 'b'): string {
  return letter + [...randomBytes(NAME_LENGTH)].map((byte) => BASE32[byte % BASE32.length]).join('')
}

export function randomSeed(): string {
  return randomBytes(32).toString('base64url')
}

/** A secret that is the same for the same seed and label: 43 characters of `A-Za-z0-9_-`. */
export function secretOf(seed: string, label: string): string {
  return derive(seed, label).toString('base64url')
}

/**
 * A login's password: `[A-Za-z0-9-]`, begins with a letter, ends with a digit, holds one of each class a provider may want.
 * 32 characters of 62 carry about 190 bits.
 */
export function passwordOf(seed: string): string {
  const bytes = Buffer.concat([derive(seed, 'login'), derive(seed, 'login, second half')])
  const text = [...bytes.subarray(0, PASSWORD_LENGTH)]
    .map((byte) => ALPHANUMERIC[byte % ALPHANUMERIC.length])
    .join('')
  return `P${text.slice(0, 16)}-${text.slice(16)}w7`
}

function derive(seed: string, label: string): Buffer {
  return createHmac('sha256', Buffer.from(seed, 'base64url')).update(label).digest()
}
