import type { RedisAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import type { Call } from '../../contract/ports.ts'
import { pressed, saveUsers } from '../../contract/redis.ts'
import { unbindDefault } from './default-user.ts'

/**
 * Removing a user ends its sessions; one that is only turned off goes on in them. Saved also when nothing was there to remove: an
 * earlier attempt may have died before it saved, and a restart would bring the user back.
 */
export async function unbind(access: RedisAccess, login: Login, call: Call): Promise<'gone'> {
  await call.redis(access, async (session) => {
    await pressed(session, 'ACL', 'DELUSER', login.name)
    if (access.prefix === undefined) await unbindDefault(session, access, login)
    await saveUsers(session)
  })
  return 'gone'
}
