import type { Handle, Sighting } from '../../src/contract/adapter.ts'
import { dropDatabase } from '../../src/contract/drop-database.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import type { Call, PostgresqlSession } from '../../src/contract/ports.ts'
import { putOutBlockers, type Watch } from '../../src/contract/put-out-blockers.ts'
import {
  buryGroup,
  closeDatabase,
  databasesNaming,
  dropGroup,
  dropOwned,
  holdName,
  letOnlyRootIn,
  look,
  preparedIn,
  rollBackPrepared
} from './client.ts'
import { type Place, readHandle } from './handle.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

const ROUNDS = 3

/** The database first, the group with the mark last: as long as anything is there, it can be told whose it is. */
export async function destroy(
  servers: readonly ServerSettings[],
  handle: Handle,
  call: Call
): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  await call.postgresql(accessTo(server), async (session) => {
    await holdName(session, place.name)
    const seen = await look(session, place.name)
    if (seen.group === undefined && seen.database === undefined) return
    if (seen.database === undefined && isSameMark(seen.group?.buried, place.mark)) return
    if (seen.group === undefined || !isSameMark(seen.group.mark, place.mark)) {
      throw new ProviderFailure(
        'conflict',
        'The database or role with the name of this instance has another mark.'
      )
    }
    if (seen.database?.isOurs) await removeDatabase(session, place.name, server, call)
    await removeGroup(session, place, seen.group.oid, server, call)
  })
  return { state: 'gone' }
}

async function removeDatabase(
  session: PostgresqlSession,
  name: string,
  server: ServerSettings,
  call: Call
): Promise<void> {
  const prepared = await preparedIn(session, name)
  if (prepared.length > 0) {
    const owners = prepared.map((each) => each.owner)
    await letOnlyRootIn(session, name, owners)
    await call.postgresql(
      accessTo(server),
      async (inside) => {
        for (const each of prepared) await rollBackPrepared(inside, each)
      },
      { database: name }
    )
  }
  await closeDatabase(session, name)
  await dropDatabase(session, name)
}

/** A neighbour may have granted something of its own to our group: that is revoked there first, or left if it cannot be. */
async function removeGroup(
  session: PostgresqlSession,
  { name, mark }: Place,
  oid: number,
  server: ServerSettings,
  call: Call
): Promise<void> {
  const open: Watch['open'] = (use) => call.postgresql(accessTo(server), use)
  const elsewhere = async () =>
    (await databasesNaming(session, oid)).filter((each) => each !== server.maintenanceDatabase)
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await putOutBlockers(session, { open }, () => dropGroup(session, name))) return
    for (const database of await elsewhere()) {
      const dropAll = (inside: PostgresqlSession) =>
        putOutBlockers(inside, { open }, () => dropOwned(inside, name))
      await call.postgresql(accessTo(server), dropAll, { database }).catch((error) => {
        if (!(error instanceof ProviderFailure)) throw error
        call.note(`what ${database} grants to ${name} could not be revoked: ${error.message}`)
      })
    }
  }
  if ((await elsewhere()).length === 0) {
    throw new ProviderFailure(
      'unavailable',
      'The database is gone, but others still grant rights to its group.'
    )
  }
  await session.transaction(() => buryGroup(session, name, mark))
}
