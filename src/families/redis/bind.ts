import type { RedisAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Call, RedisSession } from '../../contract/ports.ts'
import { pressed, redisHash, saveUsers, versionOf } from '../../contract/redis.ts'
import { bindDefault } from './default-user.ts'
import { rightsOf } from './rights.ts'

/** Since then rights can be told by subcommand. Valkey began later. */
const OLDEST = 7

/** A user of the server's access list. One command replaces all it had, so that a repeat gives the same. */
export async function bind(
  access: RedisAccess,
  login: Login,
  parameters: JsonObject,
  call: Call
): Promise<void> {
  const isReader = parameters['access'] === 'read-only'
  const isDefault = parameters['user'] === 'default'
  if (isDefault && (isReader || access.prefix !== undefined)) {
    const text = 'The user "default" has a Redis server to itself, and may write: bind with "user": "own".'
    throw new ProviderFailure('invalid', text)
  }
  await call.redis(access, async (session) => {
    await checkVersion(session)
    if (isDefault) await bindDefault(session, access, login)
    else await bindOwn(session, access, login, isReader)
    await saveUsers(session)
  })
}

async function bindOwn(
  session: RedisSession,
  access: RedisAccess,
  login: Login,
  isReader: boolean
): Promise<void> {
  const rules = ['reset', 'on', `#${redisHash(login.password)}`, ...rightsOf(access, isReader)]
  await pressed(session, 'ACL', 'SETUSER', login.name, ...rules)
}

async function checkVersion(session: RedisSession): Promise<void> {
  const { product, version, major } = await versionOf(session)
  if (major >= OLDEST) return
  throw new ProviderFailure(
    'invalid',
    `Users per binding need Redis ${OLDEST}; this is ${product} ${version}.`
  )
}
