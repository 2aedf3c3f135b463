import type { Order } from '../../src/contract/adapter.ts'
import type { Call } from '../../src/contract/ports.ts'
import { chooseByRoom } from '../../src/contract/room.ts'
import { roomOf } from './client.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** The least loaded server of the region that has room. Only looks. */
export function chooseServer(
  servers: readonly ServerSettings[],
  order: Pick<Order, 'region'>,
  connections: number,
  call: Call
): Promise<ServerSettings> {
  return chooseByRoom(servers, order, connections, call, (server) =>
    call.mysql(accessTo(server), (session) => roomOf(session, server))
  )
}
