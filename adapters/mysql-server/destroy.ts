import type { Handle, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import { dropLogins, loginsOf } from '../../src/contract/mysql-logins.ts'
import type { Call } from '../../src/contract/ports.ts'
import { deleteMark, dropDatabase, holdName, look } from './client.ts'
import { readHandle } from './handle.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Whoever is still in first, then the database, the mark last: as long as anything is there, it can be told whose it is. */
export async function destroy(
  servers: readonly ServerSettings[],
  handle: Handle,
  call: Call
): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  await call.mysql(accessTo(server), async (session) => {
    await holdName(session, place.mark)
    const seen = await look(session, server, place.name)
    if (seen.row === undefined && !seen.hasDatabase) return
    if (!isSameMark(seen.row?.mark, place.mark)) {
      throw new ProviderFailure('conflict', 'The database with the name of this instance has another mark.')
    }
    await dropLogins(session, await loginsOf(session, place.name))
    await dropDatabase(session, place.name)
    // Those that MySQL kept, because something in the database named them as its definer.
    await dropLogins(session, await loginsOf(session, place.name))
    await deleteMark(session, server, place.name)
  })
  return { state: 'gone' }
}
