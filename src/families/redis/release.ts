import type { RedisAccess } from '../../contract/access.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Names } from '../../contract/family.ts'
import type { Call, RedisSession } from '../../contract/ports.ts'
import { pressed, redisCodeOf, saveUsers } from '../../contract/redis.ts'
import { keysOf } from './rights.ts'

/** Keys looked at by one command: well under a millisecond each, between which everybody else is served. */
const PIECE = '1000'
const SMALLEST_PIECE = '1'

/**
 * Among neighbours: removes the users that are left, so that nobody writes any more, then every key of the resource, piece by piece.
 * A server of its own is emptied by the driver's destroy.
 */
export async function release(access: RedisAccess, _names: Names, call: Call): Promise<void> {
  const { prefix } = access
  if (prefix === undefined) return
  await call.redis(access, (session) => removeUsers(session, prefix))
  const emptied = (piece: string) => call.redis(access, (session) => removeKeys(session, prefix, piece))
  try {
    await emptied(PIECE)
  } catch (error) {
    // Names may be long: so many at once are more than an answer may bring.
    const isTooMuch = error instanceof ProviderFailure && error.kind === 'unexpected'
    if (!isTooMuch || redisCodeOf(error) !== undefined) throw error
    await emptied(SMALLEST_PIECE)
  }
}

async function removeUsers(session: RedisSession, prefix: string): Promise<void> {
  const lines = await pressed(session, 'ACL', 'LIST')
  const left = (Array.isArray(lines) ? lines : [])
    .map((line) => String(line).split(' '))
    .filter((words) => words.includes(keysOf(prefix)))
    .flatMap(([, name]) => name ?? [])
  if (left.length > 0) await pressed(session, 'ACL', 'DELUSER', ...left)
  await saveUsers(session)
}

/** UNLINK takes the names away at once and frees the memory beside the work. */
async function removeKeys(session: RedisSession, prefix: string, piece: string): Promise<void> {
  let cursor = '0'
  do {
    const answer = await pressed(session, 'SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', piece)
    const [next, found] = Array.isArray(answer) ? answer : []
    const keys = Array.isArray(found) ? found.map(String) : []
    if (keys.length > 0) await pressed(session, 'UNLINK', ...keys)
    cursor = String(next ?? '0')
  } while (cursor !== '0')
}
