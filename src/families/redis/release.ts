import type { RedisAccess } from '../../contract/access.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Names } from '../../contract/family.ts'
import type { Call, RedisSession } from '../../contract/ports.ts'
import { pressed, redisCodeOf, saveUsers } from '../../contract/redis.ts'
import { keysOf } from './rights.ts'

/** Keys looked at by one command: well under a millisecond each, between which everybody else is served. */
const PIECE = '1000'

/** The same by the server itself, so that no name travels: so many looks, or a name that is long, are a piece. */
const REMOVE_PIECE = `
local cursor, looks, bytes = ARGV[1], 0, 0
repeat
  local answer = redis.call('SCAN', cursor, 'MATCH', ARGV[2], 'COUNT', 1)
  cursor = answer[1]
  for _, key in ipairs(answer[2]) do
    bytes = bytes + #key
    redis.call('UNLINK', key)
  end
  looks = looks + 1
until cursor == '0' or looks == 1000 or bytes > 1000000
return cursor`

/**
 * Among neighbours: removes the users that are left, so that nobody writes any more, then every key of the resource, piece by piece.
 * A server of its own is emptied by the driver's destroy.
 */
export async function release(access: RedisAccess, _names: Names, call: Call): Promise<void> {
  const { prefix } = access
  if (prefix === undefined) return
  await call.redis(access, (session) => removeUsers(session, prefix))
  try {
    await call.redis(access, (session) => removeKeys(session, prefix))
  } catch (error) {
    // Names may be long: more than an answer may bring.
    const isTooMuch = error instanceof ProviderFailure && error.kind === 'unexpected'
    if (!isTooMuch || redisCodeOf(error) !== undefined) throw error
    await call.redis(access, (session) => removeUnseen(session, prefix))
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
async function removeKeys(session: RedisSession, prefix: string): Promise<void> {
  let cursor = '0'
  do {
    const answer = await pressed(session, 'SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', PIECE)
    const [next, found] = Array.isArray(answer) ? answer : []
    const keys = Array.isArray(found) ? found.map(String) : []
    if (keys.length > 0) await pressed(session, 'UNLINK', ...keys)
    cursor = String(next ?? '0')
  } while (cursor !== '0')
}

/** Scripts of tenants among neighbours do not run, so that nothing of theirs is in the way of this one. */
async function removeUnseen(session: RedisSession, prefix: string): Promise<void> {
  let cursor = '0'
  do {
    cursor = String(await pressed(session, 'EVAL', REMOVE_PIECE, '0', cursor, `${prefix}:*`).catch(asRight))
  } while (cursor !== '0')
}

function asRight(error: unknown): never {
  if (redisCodeOf(error) !== 'NOPERM') throw error
  const text = "Names of keys are too long to be read: give the broker's user on the Redis server +eval."
  throw new ProviderFailure('denied', text, { cause: error })
}
