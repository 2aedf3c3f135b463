import type { Driver, Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { adoptMarked } from '../../src/contract/adopt-marked.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { loginsOf } from '../../src/contract/mysql-logins.ts'
import type { Call } from '../../src/contract/ports.ts'
import { noRoom } from '../../src/contract/room.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import {
  allMarked,
  holdName,
  holdRoom,
  inTransaction,
  limitLogin,
  look,
  roomOf,
  setConnections
} from './client.ts'
import { create, refuseForeign } from './create.ts'
import { destroy } from './destroy.ts'
import { readHandle } from './handle.ts'
import { type PlanSize, planSchema, readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** A database on one of `servers`. What stands inside it, and who may enter, is the family's. */
export function mysqlDriver(servers: readonly ServerSettings[]): Driver {
  const standing: Pick<Required<Driver>, 'observe' | 'update'> = {
    observe: (handle, call) => observe(servers, handle, call),
    update: (handle, order, call) => update(servers, handle, order, call)
  }
  return {
    planSchema,
    ...standing,
    create: (order, soFar, call) => create(servers, order, soFar, call),
    destroy: (handle, call) => destroy(servers, handle, call),
    adopt: (order, soFar, call) => adoptMarked(standing, order, soFar, call),
    async access(handle) {
      const { server, name, size } = readHandle(handle)
      return { ...accessTo(serverNamed(servers, server), name), connectionLimit: limitOf(size) }
    },
    list: (broker, call) => list(servers, broker, call)
  }
}

/** The only limit that a server holds to is that of one account. */
function limitOf({ connections, bindingConnections = connections }: PlanSize): number {
  return bindingConnections
}

async function observe(servers: readonly ServerSettings[], handle: Handle, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  const seen = await call.mysql(accessTo(server), (session) => look(session, server, place.name))
  if (seen.row === undefined && !seen.hasDatabase) return { state: 'gone' }
  refuseForeign(seen, place)
  if (seen.hasDatabase) return { state: 'ready', handle: toHandle({ ...place, stage: 'made' }) }
  if (place.stage === 'made')
    return { state: 'broken', handle, note: 'The database was dropped by its tenant or by somebody else.' }
  return { state: 'pending', handle: toHandle({ ...place, stage: 'marked' }), lookAgainInSeconds: 0 }
}

async function update(
  servers: readonly ServerSettings[],
  handle: Handle,
  order: Order,
  call: Call
): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  const size = readPlan(order.plan)
  await call.mysql(accessTo(server), async (session) => {
    await holdName(session, place.mark)
    await inTransaction(session, async () => {
      await holdRoom(session, server)
      const seen = await look(session, server, place.name)
      if (seen.row === undefined) throw new ProviderFailure('not-found', 'The database is not there.')
      refuseForeign(seen, place)
      const { promised, capacity } = await roomOf(session, server)
      const more = size.connections - seen.row.connections
      if (more > 0 && promised + more > capacity) throw noRoom(server.region, more)
      await setConnections(session, server, place.name, size.connections)
    })
    for (const login of await loginsOf(session, place.name)) await limitLogin(session, login, limitOf(size))
  })
  return { state: 'ready', handle: toHandle({ ...place, size, stage: 'made' }) }
}

async function* list(servers: readonly ServerSettings[], broker: string, call: Call) {
  for (const server of servers) {
    const all = await call.mysql(accessTo(server), (session) => allMarked(session, server))
    for (const { name, mark, connections, hasDatabase } of all) {
      if (mark.broker !== broker) continue
      const stage = hasDatabase ? 'made' : 'marked'
      const handle = toHandle({ server: server.name, name, mark, size: { connections }, stage })
      yield { mark, name, region: server.region, handle }
    }
  }
}
