import type { RedisAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import type { RedisSession } from '../../contract/ports.ts'
import { FOR_BINDINGS, fieldOf, isForBindings, pressed, redisHash } from '../../contract/redis.ts'
import { rightsOf } from './rights.ts'

/** Redis' own user has one password per binding, and the rights of the tenant. Nobody else may be using it. */
export async function bindDefault(session: RedisSession, access: RedisAccess, login: Login): Promise<void> {
  if (access.user === 'default') throw inUse()
  const seen = await pressed(session, 'ACL', 'GETUSER', 'default')
  if (!isForBindings(seen) && isUsed(seen)) throw inUse()
  const afresh = ['sanitize-payload', 'clearselectors', 'resetkeys', 'resetchannels']
  const rules = ['on', ...afresh, ...rightsOf(access, false), FOR_BINDINGS, `#${redisHash(login.password)}`]
  await pressed(session, 'ACL', 'SETUSER', 'default', ...rules)
}

/** Its sessions cannot be told from those of other bindings: all are ended, and whoever still has a password comes back. */
export async function unbindDefault(session: RedisSession, access: RedisAccess, login: Login): Promise<void> {
  if (access.user === 'default') return
  const seen = await pressed(session, 'ACL', 'GETUSER', 'default')
  if (!isForBindings(seen)) return
  const hash = redisHash(login.password)
  if (listAt(seen, 'passwords').includes(hash)) {
    await pressed(session, 'ACL', 'SETUSER', 'default', `!${hash}`)
  }
  await pressed(session, 'CLIENT', 'KILL', 'USER', 'default')
}

/** Also one that is only turned off: its passwords would work again. */
function isUsed(user: Json): boolean {
  return listAt(user, 'flags').includes('on') || listAt(user, 'passwords').length > 0
}

function listAt(user: Json, name: string): readonly Json[] {
  const value = fieldOf(user, name)
  return Array.isArray(value) ? value : []
}

function inUse(): ProviderFailure {
  return new ProviderFailure('conflict', 'The user "default" of this Redis server is used by somebody else.')
}
