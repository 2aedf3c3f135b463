import type { Order } from '../../src/contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { type Room, roomOf } from './client.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** The least loaded server of the region that has room. Only looks. */
export async function chooseServer(
  servers: readonly ServerSettings[],
  order: Pick<Order, 'region'>,
  connections: number,
  call: Call
): Promise<ServerSettings> {
  const inRegion = servers.filter((server) => server.region === order.region)
  if (inRegion.length === 0)
    throw new ProviderFailure('invalid', `No server stands in the region "${order.region}".`)
  const looks = await Promise.all(inRegion.map((server) => lookAt(server, call)))
  const fitting = looks
    .flatMap((each) => (each.room === undefined ? [] : [{ server: each.server, room: each.room }]))
    .filter(({ room }) => room.promised + connections <= room.capacity)
    .toSorted((one, other) => load(one.room, connections) - load(other.room, connections))
  const [best] = fitting
  if (best !== undefined) return best.server
  const failed = looks.find((each) => each.failure !== undefined)
  if (failed?.failure !== undefined) throw failed.failure
  throw noRoom(order.region, connections)
}

export function noRoom(region: string, connections: number): ProviderFailure {
  return new ProviderFailure(
    'quota',
    `No server in the region "${region}" has room for ${connections} connections.`
  )
}

/** As it will be. */
function load(room: Room, connections: number): number {
  return (room.promised + connections) / room.capacity
}

/** A server that is away only matters when no other has room. */
async function lookAt(server: ServerSettings, call: Call) {
  try {
    const room = await call.mysql(accessTo(server), (session) => roomOf(session, server))
    return { server, room, failure: undefined }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    if (!isRetryable(error)) call.note(`server ${server.name}: ${error.message}`)
    return { server, room: undefined, failure: error }
  }
}
