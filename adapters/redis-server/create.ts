import type { Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import type { Call, RedisSession } from '../../src/contract/ports.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import { chooseServer, foreign } from './choose-server.ts'
import { askFor, entriesOf, isEmpty, isSameEntry, limitMemory } from './client.ts'
import { type Place, readHandle } from './handle.ts'
import { readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Three steps: choose a server, put the mark on it, make it what the plan says. Each is committed before the next. */
export async function create(
  servers: readonly ServerSettings[],
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined) return choose(servers, order, call)
  const place = { ...readHandle(soFar), name: order.name, mark: order.mark, size: readPlan(order.plan) }
  const server = serverNamed(servers, place.server)
  const stage = await call.redis(accessTo(server), (session) =>
    place.stage === 'chosen' ? putMark(session, place, server) : make(session, place, server, call)
  )
  if (stage === 'taken') return choose(servers, order, call)
  return at({ ...place, stage })
}

async function choose(servers: readonly ServerSettings[], order: Order, call: Call): Promise<Sighting> {
  const size = readPlan(order.plan)
  const server = await chooseServer(servers, order, size, call)
  return at({ server: server.name, name: order.name, mark: order.mark, size, stage: 'chosen' })
}

function at(place: Place): Sighting {
  const handle = toHandle(place)
  return place.stage === 'made'
    ? { state: 'ready', handle }
    : { state: 'pending', handle, lookAgainInSeconds: 0 }
}

/** `taken` when another create was quicker; another server may be chosen then. */
async function putMark(
  session: RedisSession,
  place: Place,
  server: ServerSettings
): Promise<Place['stage'] | 'taken'> {
  const before = await entriesOf(session, server, place.name)
  if (before.length === 0 && !server.shared && !(await isEmpty(session))) return 'taken'
  const [first = place] = before
  if (!isSameEntry(first, place)) {
    if (first.name === place.name) throw foreign()
    return 'taken'
  }
  // Also when it is there already: an earlier attempt may have died before it saved.
  await askFor(session, server, place)
  const [holder] = await entriesOf(session, server, place.name)
  return isSameEntry(holder, place) ? 'marked' : 'taken'
}

async function make(
  session: RedisSession,
  place: Place,
  server: ServerSettings,
  call: Call
): Promise<Place['stage']> {
  const [holder] = await entriesOf(session, server, place.name)
  if (holder === undefined) return 'chosen'
  if (!isSameEntry(holder, place)) throw foreign()
  await limit(session, place, server, call)
  return 'made'
}

/** What a server of its own may keep in memory. */
export async function limit(
  session: RedisSession,
  { size }: Place,
  server: ServerSettings,
  call: Call
): Promise<void> {
  if (server.shared || size.memoryMb === undefined) return
  if (await limitMemory(session, size.memoryMb)) return
  call.note(`server ${server.name} has no CONFIG: its maxmemory stays as its operator set it`)
}
