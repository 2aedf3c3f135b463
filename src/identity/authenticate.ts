import { hash, randomBytes } from 'node:crypto'
import type { Account, PlatformConfig } from '../domain/account.ts'
import type { Platform } from '../domain/platform.ts'
import { type Basic, parseBasic } from './basic.ts'
import { matches } from './password-hash.ts'
import { platformOf } from './platforms.ts'
import { shortQueue } from './short-queue.ts'

/** Who stands behind an Authorization header. */
export type Identity =
  | { readonly kind: 'platform'; readonly platform: Platform }
  | { readonly kind: 'operator'; readonly username: string }

/**
 * Reads the value of an Authorization header; `undefined` means 401, whatever the reason.
 * Answers at once for random secrets and remembered passwords, later for a password that must be hashed first;
 * may throw (reject with) a Refusal 429.
 */
export type Authenticate = (
  authorization: string | undefined
) => Identity | undefined | Promise<Identity | undefined>

export interface AuthenticateOptions {
  readonly platforms: readonly PlatformConfig[]
  readonly operators: readonly Account[]
  /** Milliseconds; the clock by which a checked password is forgotten. */
  readonly now?: () => number
}

const REMEMBERED_MS = 60_000
const REMEMBERED_AT_MOST = 1_000
const LONGEST_HEADER = 2_048

interface Hashed {
  readonly passwordHash: string
  readonly identity: Identity
}

/**
 * Secrets are looked up by a hash whose key lives as long as this process: nobody outside can steer the lookup, so its timing
 * tells nothing, and no secret is compared byte by byte. Only usernames that have a hashed password cost a hash; otherwise
 * a platform with an outdated secret would keep people out.
 */
export function authenticator(options: AuthenticateOptions): Authenticate {
  const key = randomBytes(32).toString('hex')
  // The digests never leave this function, so a key in front of the text is as good as HMAC's two passes, at a third of the time.
  const digest = ({ username, password }: Basic): string =>
    hash('sha256', `${key}${username}:${password}`, 'base64')
  const known = new Map<string, Identity>()
  const hashed = new Map<string, Hashed>()
  for (const [account, identity] of accountsOf(options)) {
    if ('password' in account) known.set(digest(account), identity)
    else hashed.set(account.username, { passwordHash: account.passwordHash, identity })
  }
  const slow = slowly(hashed, options.now ?? Date.now)

  return (authorization) => {
    if (authorization === undefined || authorization.length > LONGEST_HEADER) return undefined
    // Header values arrive as Latin-1; a base64 token is ASCII in either reading.
    const basic = parseBasic(authorization)
    if (basic === undefined) return undefined
    const proof = digest(basic)
    return known.get(proof) ?? slow(basic, proof)
  }
}

function* accountsOf(options: AuthenticateOptions): Generator<readonly [Account, Identity]> {
  for (const config of options.platforms) {
    const platform = platformOf(config)
    for (const login of config.logins) yield [login, { kind: 'platform', platform }]
  }
  for (const operator of options.operators)
    yield [operator, { kind: 'operator', username: operator.username }]
}

/** Two hashes at a time; what was right is remembered, what was wrong is not. */
function slowly(hashed: ReadonlyMap<string, Hashed>, now: () => number) {
  const queue = shortQueue(2, 8)
  const remembered = new Map<string, number>()

  function remember(proof: string): void {
    if (remembered.size >= REMEMBERED_AT_MOST) remembered.clear()
    remembered.set(proof, now() + REMEMBERED_MS)
  }

  async function check(account: Hashed, basic: Basic, proof: string): Promise<Identity | undefined> {
    const isRight = await queue.run(() => matches(basic.password, account.passwordHash))
    if (isRight) remember(proof)
    return isRight ? account.identity : undefined
  }

  return (basic: Basic, proof: string): Identity | undefined | Promise<Identity | undefined> => {
    const account = hashed.get(basic.username)
    if (account === undefined) return undefined
    const until = remembered.get(proof)
    if (until !== undefined && until > now()) return account.identity
    remembered.delete(proof)
    return check(account, basic, proof)
  }
}
