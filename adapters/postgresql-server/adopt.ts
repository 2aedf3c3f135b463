import type { Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import type { Call, PostgresqlSession } from '../../src/contract/ports.ts'
import { noRoom } from '../../src/contract/room.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import { quoteName } from '../../src/contract/sql.ts'
import { holdName, holdRoom, limitConnections, look, makeGroup, roomOf, type Seen } from './client.ts'
import { refuseForeign } from './create.ts'
import { type Place, readHandle } from './handle.ts'
import { handOver, obstaclesBefore, obstaclesIn } from './obstacles.ts'
import { readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Two steps: find the database and look whether it can be taken over, then take it over as a whole. */
export async function adopt(
  servers: readonly ServerSettings[],
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  const size = readPlan(order.plan)
  const { name, mark } = order
  if (soFar === undefined) {
    const server = await find(servers, order, call)
    const handle = toHandle({ server: server.name, name, mark, size, stage: 'chosen' })
    return { state: 'pending', handle, lookAgainInSeconds: 0 }
  }
  const place: Place = { ...readHandle(soFar), name, mark, size }
  const server = serverNamed(servers, place.server)
  const isThere = await call.postgresql(accessTo(server), async (session) => {
    await holdName(session, name)
    return session.transaction(() => takeOver(session, server, place, call))
  })
  return isThere ? { state: 'ready', handle: toHandle({ ...place, stage: 'made' }) } : { state: 'gone' }
}

/** The one server of the region that has it. Only looks. */
async function find(servers: readonly ServerSettings[], order: Order, call: Call): Promise<ServerSettings> {
  const found: ServerSettings[] = []
  for (const server of servers.filter(({ region }) => region === order.region)) {
    const isThere = await call.postgresql(accessTo(server), (session) =>
      lookInto(session, server, order, call)
    )
    if (isThere) found.push(server)
  }
  const [server, twin] = found
  if (server === undefined)
    throw new ProviderFailure('invalid', `No server in the region "${order.region}" has this database.`)
  if (twin !== undefined)
    throw new ProviderFailure(
      'invalid',
      `The servers ${server.name} and ${twin.name} both have a database of this name.`
    )
  return server
}

async function lookInto(
  session: PostgresqlSession,
  server: ServerSettings,
  order: Order,
  call: Call
): Promise<boolean> {
  const seen = await look(session, order.name)
  if (seen.database === undefined) return false
  if (isMarked(seen, order)) return true
  refuse(await obstaclesBefore(session, order.name))
  await inside(server, order.name, call, refuseObstacles)
  return true
}

/** False when nothing is there. What is marked already was taken over as a whole, or made by `create`. */
async function takeOver(
  session: PostgresqlSession,
  server: ServerSettings,
  place: Place,
  call: Call
): Promise<boolean> {
  await holdRoom(session)
  const seen = await look(session, place.name)
  if (seen.group === undefined && seen.database === undefined) return false
  const { connections } = place.size
  const { promised, capacity } = await roomOf(session, server.maxConnections)
  const has = seen.database ?? { connections: 0 }
  const more = connections - Math.max(0, has.connections)
  if (more > 0 && promised + more > capacity) throw noRoom(server.region, more)
  if (isMarked(seen, place)) {
    refuseForeign(seen, place)
    if (seen.database === undefined)
      throw new ProviderFailure('invalid', 'Its group is there, and its database is not.')
    await limitConnections(session, place.name, connections)
    return true
  }
  if (seen.database === undefined)
    throw new ProviderFailure('conflict', 'A role of this name is there, and is not ours.')
  refuse(await obstaclesBefore(session, place.name))
  await inside(server, place.name, call, (within, name) => handOverAll(within, name, place))
  return true
}

/** Ours, or nobody's; what another mark says is never touched. */
function isMarked(seen: Seen, { mark }: Pick<Place, 'mark'>): boolean {
  const found = seen.group?.mark ?? seen.group?.buried
  if (found === undefined) return false
  if (isSameMark(seen.group?.mark, mark)) return true
  throw new ProviderFailure('conflict', 'The group of this name has another mark.')
}

function inside(
  server: ServerSettings,
  name: string,
  call: Call,
  use: (session: PostgresqlSession, name: string) => Promise<void>
): Promise<void> {
  return call.postgresql(accessTo(server), (session) => use(session, name), { database: name })
}

async function refuseObstacles(session: PostgresqlSession, name: string): Promise<void> {
  refuse(await obstaclesIn(session, name))
}

function refuse(obstacles: readonly string[]): void {
  if (obstacles.length > 0)
    throw new ProviderFailure('invalid', `The database cannot be taken over: ${obstacles.join('; ')}.`)
}

/** One transaction: the mark, and everything that makes the database what a created one is. It is all or nothing. */
function handOverAll(session: PostgresqlSession, name: string, { mark, size }: Place): Promise<void> {
  return session.transaction(async () => {
    await refuseObstacles(session, name)
    await makeGroup(session, name, mark, size.connections)
    await handOver(session, quoteName(name))
    await session.query(`ALTER DATABASE ${quoteName(name)} OWNER TO CURRENT_USER`)
    await limitConnections(session, name, size.connections)
  })
}
