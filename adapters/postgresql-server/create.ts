import type { Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import type { Call, PostgresqlSession } from '../../src/contract/ports.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import { chooseServer } from './choose-server.ts'
import { holdName, holdRoom, look, makeDatabase, makeGroup, roomOf, type Seen } from './client.ts'
import { type Place, readHandle } from './handle.ts'
import { readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Three steps: choose a server, make the group with the mark, make the database. Each is committed before the next. */
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
  const stage = await call.postgresql(accessTo(server), async (session) => {
    await holdName(session, place.name)
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
function markName(
  session: PostgresqlSession,
  place: Place,
  server: ServerSettings
): Promise<Place['stage'] | 'full'> {
  return session.transaction(async () => {
    await holdRoom(session)
    const seen = await look(session, place.name)
    if (seen.group !== undefined || seen.database !== undefined) {
      refuseForeign(seen, place)
      return 'marked'
    }
    const { connections } = place.size
    const room = await roomOf(session, server.maxConnections)
    if (room.promised + connections > room.capacity) return 'full'
    await makeGroup(session, place.name, place.mark, connections)
    return 'marked'
  })
}

async function makeDatabaseOf(session: PostgresqlSession, place: Place): Promise<Place['stage']> {
  const seen = await look(session, place.name)
  if (seen.group === undefined && seen.database === undefined) return 'chosen'
  refuseForeign(seen, place)
  if (seen.database === undefined) await makeDatabase(session, place.name, place.size.connections)
  return 'made'
}

/** Ours is a group with our mark, and then a database of that name that root owns. */
export function refuseForeign(seen: Seen, place: Place): void {
  const isForeign = seen.database !== undefined && !seen.database.isOurs
  if (!isForeign && isSameMark(seen.group?.mark, place.mark)) return
  throw new ProviderFailure(
    'conflict',
    'A database or role with the name of this instance exists and is not ours.'
  )
}
