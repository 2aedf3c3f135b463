import { scryptSync } from 'node:crypto'

/** A `passwordHash` that costs a test a millisecond. */
export function cheapHash(password: string): string {
  const salt = Buffer.from('a salt for tests')
  const hash = scryptSync(password, salt, 32, { N: 1024, r: 1, p: 1 })
  return `scrypt:1024:1:1:${salt.toString('base64')}:${hash.toString('base64')}`
}
