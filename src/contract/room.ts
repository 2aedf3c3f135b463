import type { Order } from './adapter.ts'
import { isRetryable, ProviderFailure } from './errors.ts'
import type { OwnServer } from './own-servers.ts'
import type { Call } from './ports.ts'

/** Connections of a server: promised to its databases, and all that it can keep. */
export interface Room {
  readonly promised: number
  readonly capacity: number
}

/** The least loaded server of the region that has room. Only looks. */
export async function chooseByRoom<S extends OwnServer>(
  servers: readonly S[],
  { region }: Pick<Order, 'region'>,
  connections: number,
  call: Call,
  roomOf: (server: S) => Promise<Room>
): Promise<S> {
  const inRegion = servers.filter((server) => server.region === region)
  if (inRegion.length === 0)
    throw new ProviderFailure('invalid', `No server stands in the region "${region}".`)
  const looks = await Promise.all(inRegion.map((server) => lookAt(server, call, roomOf)))
  const fitting = looks
    .flatMap((each) => (each.room === undefined ? [] : [{ server: each.server, room: each.room }]))
    .filter(({ room }) => room.promised + connections <= room.capacity)
    .toSorted((one, other) => load(one.room, connections) - load(other.room, connections))
  const [best] = fitting
  if (best !== undefined) return best.server
  const failed = looks.find((each) => each.failure !== undefined)
  if (failed?.failure !== undefined) throw failed.failure
  throw noRoom(region, connections)
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
async function lookAt<S extends OwnServer>(server: S, call: Call, roomOf: (server: S) => Promise<Room>) {
  try {
    return { server, room: await roomOf(server), failure: undefined }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    if (!isRetryable(error)) call.note(`server ${server.name}: ${error.message}`)
    return { server, room: undefined, failure: error }
  }
}
