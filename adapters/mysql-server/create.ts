import type { Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import type { Call, MysqlSession } from '../../src/contract/ports.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import { chooseServer } from './choose-server.ts'
import {
  holdName,
  holdRoom,
  insertMark,
  inTransaction,
  look,
  makeDatabase,
  makeTable,
  roomOf,
  type Seen
} from './client.ts'
import { type Place, readHandle } from './handle.ts'
import { readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Three steps: choose a server, write the mark, make the database. Each is committed before the next. */
export async function create(
  servers: readonly ServerSettings[],
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined) return choose(servers, order, call)
  const place = { ...readHandle(soFar), name: order.name, mark: order.mark, size: readPlan(order.plan) }
  const server = serverNamed(servers, place.server)
  const step = place.stage === 'chosen' ? markName : makeDatabaseOf
  const stage = await call.mysql(accessTo(server), async (session) => {
    await holdName(session, place.mark)
    return step(session, place, server)
  })
  if (stage === 'full') return choose(servers, order, call)
  return at({ ...place, stage })
}

async function choose(servers: readonly ServerSettings[], order: Order, call: Call): Promise<Sighting> {
  const size = readPlan(order.plan)
  const server = await chooseServer(servers, order, size.connections, call)
  return at({ server: server.name, name: order.name, mark: order.mark, size, stage: 'chosen' })
}

function at(place: Place): Sighting {
  const handle = toHandle(place)
  return place.stage === 'made'
    ? { state: 'ready', handle }
    : { state: 'pending', handle, lookAgainInSeconds: 0 }
}

/** `full` when another create was quicker; nothing is there then, and another server may be chosen. */
async function markName(
  session: MysqlSession,
  place: Place,
  server: ServerSettings
): Promise<Place['stage'] | 'full'> {
  await makeTable(session, server)
  return inTransaction(session, async () => {
    await holdRoom(session, server)
    const seen = await look(session, server, place.name)
    if (seen.row !== undefined || seen.hasDatabase) {
      refuseForeign(seen, place)
      return 'marked'
    }
    const { connections } = place.size
    const room = await roomOf(session, server)
    if (room.promised + connections > room.capacity) return 'full'
    await insertMark(session, server, { name: place.name, mark: place.mark, connections })
    return 'marked'
  })
}

async function makeDatabaseOf(
  session: MysqlSession,
  place: Place,
  server: ServerSettings
): Promise<Place['stage']> {
  const seen = await look(session, server, place.name)
  if (seen.row === undefined && !seen.hasDatabase) return 'chosen'
  refuseForeign(seen, place)
  if (!seen.hasDatabase) await makeDatabase(session, place.name)
  return 'made'
}

/** Ours is what was marked before it was made. */
export function refuseForeign(seen: Seen, place: Place): void {
  if (isSameMark(seen.row?.mark, place.mark)) return
  throw new ProviderFailure('conflict', 'A database with the name of this instance exists and is not ours.')
}
