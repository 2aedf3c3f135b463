import type { Handle, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { saveUsers } from '../../src/contract/redis.ts'
import { closeDefault, empty, entriesOf, isSameEntry, letGo, removeLogins } from './client.ts'
import { readHandle } from './handle.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Users and data first, the mark last: as long as anything is there, it can be told whose it is. */
export async function destroy(
  servers: readonly ServerSettings[],
  handle: Handle,
  call: Call
): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  await call.redis(accessTo(server), async (session) => {
    const [holder] = await entriesOf(session, server, place.name)
    // An earlier attempt may have died before it saved, and a restart would bring the mark back.
    if (holder === undefined) return saveUsers(session)
    if (!isSameEntry(holder, place)) {
      if (holder.name !== place.name) return
      throw new ProviderFailure(
        'conflict',
        'The Redis server holds an instance of this name with another mark.'
      )
    }
    // Redis has no lock: another process may be at it, and the next tenant be there as soon as that is done.
    const isHeld = async () => isSameEntry((await entriesOf(session, server, place.name))[0], place)
    if (!server.shared) {
      await removeLogins(session)
      await closeDefault(session)
      if (!(await isHeld())) return
      await empty(session)
    }
    if (await isHeld()) await letGo(session, server, place.name)
  })
  return { state: 'gone' }
}
