import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const FORM = /^scrypt:(\d{1,8}):(\d{1,2}):(\d{1,2}):([A-Za-z0-9+/]+={0,2}):([A-Za-z0-9+/]+={0,2})$/
/** OWASP's smallest advice for scrypt with r = 8: about 64 MiB and a tenth of a second. */
const COST = { N: 2 ** 16, r: 8, p: 1 }
const MAX_MEMORY_BYTES = 256 * 1024 * 1024

interface PasswordHash {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number }
  readonly salt: Buffer
  readonly hash: Buffer
}

/** What to write as `passwordHash` for a password that a person chose. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, { cost: COST, salt, hash: Buffer.alloc(32) })
  return `scrypt:${COST.N}:${COST.r}:${COST.p}:${salt.toString('base64')}:${hash.toString('base64')}`
}

export async function matches(password: string, written: string): Promise<boolean> {
  const parsed = parsePasswordHash(written)
  if (parsed === undefined) return false
  return timingSafeEqual(await derive(password, parsed), parsed.hash)
}

/** `undefined` when it is not of the form `scrypt:N:r:p:salt:hash`, is too weak to be meant, or would need more than 256 MiB. */
export function parsePasswordHash(written: string): PasswordHash | undefined {
  const [, n, r, p, salt, hash] = FORM.exec(written) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const cost = { N: Number(n), r: Number(r), p: Number(p) }
  const parsed = { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
  return isSound(parsed) ? parsed : undefined
}

function isSound({ cost: { N, r, p }, salt, hash }: PasswordHash): boolean {
  const isPowerOfTwo = N >= 2 ** 10 && Number.isInteger(Math.log2(N))
  const memory = 128 * N * r + 128 * r * p
  return isPowerOfTwo && r > 0 && p > 0 && memory < MAX_MEMORY_BYTES && salt.length >= 8 && hash.length >= 16
}

function derive(password: string, { cost, salt, hash }: PasswordHash): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: MAX_MEMORY_BYTES }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
