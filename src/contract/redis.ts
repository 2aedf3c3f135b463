import { createHash } from 'node:crypto'
import { ProviderFailure } from './errors.ts'
import type { Json } from './json.ts'
import { RedisCode, type RedisSession } from './ports.ts'

/** The word a Redis server refused with; `undefined` for any other error. */
export function redisCodeOf(error: unknown): string | undefined {
  return refusalOf(error)?.code
}

function refusalOf(error: unknown): RedisCode | undefined {
  if (!(error instanceof ProviderFailure)) return undefined
  return error.cause instanceof RedisCode ? error.cause : undefined
}

/** A password as a Redis server keeps it, so that the password itself is in no command and no log. */
export function redisHash(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}

/** How often a script is told to end before the step is given up for this time. */
const ROUNDS = 20

/**
 * One command that a tenant's script must not hold up: while one runs for long the server refuses everything but its end. A script that
 * has written cannot be ended, only the server can.
 */
export async function pressed(session: RedisSession, ...words: readonly string[]): Promise<Json> {
  for (let round = 0; ; round += 1) {
    try {
      return await session.command(...words)
    } catch (error) {
      if (redisCodeOf(error) !== 'BUSY' || round === ROUNDS) throw error
      await endScript(session)
    }
  }
}

async function endScript(session: RedisSession): Promise<void> {
  for (const kind of ['SCRIPT', 'FUNCTION']) {
    try {
      await session.command(kind, 'KILL')
    } catch (error) {
      const code = redisCodeOf(error)
      if (code === 'UNKILLABLE') {
        const text = 'A script that has written data keeps the Redis server busy: only a restart ends it.'
        throw new ProviderFailure('unavailable', text, { cause: error })
      }
      // It ended by itself, or it is of the other kind.
      if (code !== 'NOTBUSY' && code !== 'BUSY') throw error
    }
  }
}

/** Whether the server has no such command: it is of another kind, or its operator renamed it. */
export function saysUnknown(error: unknown): boolean {
  return /unknown (sub)?command/i.test(refusalOf(error)?.message ?? '')
}

/**
 * Writes the users to the server's aclfile, without which a restart forgets them, and brings back those that are gone. Managed servers
 * have none, they keep users their own way; on an operator's own server `doctor` demands one.
 */
export async function saveUsers(session: RedisSession): Promise<void> {
  try {
    await pressed(session, 'ACL', 'SAVE')
  } catch (error) {
    const { code, message = '' } = refusalOf(error) ?? {}
    if (code === 'NOPERM' || /not configured to use an ACL file/.test(message) || saysUnknown(error)) return
    throw error
  }
}

/** One field of an answer that is a map as a list: `ACL GETUSER`, `CONFIG GET`. */
export function fieldOf(answer: Json, name: string): Json | undefined {
  if (!Array.isArray(answer)) return undefined
  const at = answer.findIndex((each, index) => index % 2 === 0 && each === name)
  return at === -1 ? undefined : answer[at + 1]
}

/** What INFO says of itself. */
export interface RedisVersion {
  readonly product: 'Redis' | 'Valkey'
  /** `7.0.15` */
  readonly version: string
  readonly major: number
}

export async function versionOf(session: RedisSession): Promise<RedisVersion> {
  const info = String(await pressed(session, 'INFO', 'server'))
  // Valkey goes on telling a redis_version, that of the Redis it came from.
  const valkey = /^valkey_version:(.+?)\r?$/m.exec(info)?.[1]
  const version = valkey ?? /^redis_version:(.+?)\r?$/m.exec(info)?.[1] ?? '0'
  return { product: valkey === undefined ? 'Redis' : 'Valkey', version, major: Number.parseInt(version, 10) }
}

/**
 * Redis' own user as a binding: a selector without commands allows nothing, it only tells that the user is for bindings. One without it
 * is somebody else's.
 */
export const FOR_BINDINGS = '(~portolan -@all)'

/** `user` as ACL GETUSER tells it. */
export function isForBindings(user: Json): boolean {
  const selectors = fieldOf(user, 'selectors')
  return Array.isArray(selectors) && selectors.some((each) => fieldOf(each, 'keys') === '~portolan')
}
