import type { Driver, Handle, Listed, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { noRoom } from '../../src/contract/room.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import { adopt } from './adopt.ts'
import { groupsOf, holdName, holdRoom, limitConnections, look, roomOf } from './client.ts'
import { create, refuseForeign } from './create.ts'
import { destroy } from './destroy.ts'
import { readHandle } from './handle.ts'
import { planSchema, readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** A database with its group role on one of `servers`. What stands inside the database is the family's. */
export function postgresqlDriver(servers: readonly ServerSettings[]): Driver {
  return {
    planSchema,
    create: (order, soFar, call) => create(servers, order, soFar, call),
    observe: (handle, call) => observe(servers, handle, call),
    destroy: (handle, call) => destroy(servers, handle, call),
    update: (handle, order, call) => update(servers, handle, order, call),
    async access(handle) {
      const { server, name, size } = readHandle(handle)
      const access = accessTo(serverNamed(servers, server), name)
      const { bindingConnections } = size
      return bindingConnections === undefined ? access : { ...access, connectionLimit: bindingConnections }
    },
    list: (broker, call) => list(servers, broker, call),
    adopt: (order, soFar, call) => adopt(servers, order, soFar, call)
  }
}

async function observe(servers: readonly ServerSettings[], handle: Handle, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  const seen = await call.postgresql(accessTo(server), (session) => look(session, place.name))
  if (seen.group === undefined && seen.database === undefined) return { state: 'gone' }
  refuseForeign(seen, place)
  if (seen.database !== undefined) return { state: 'ready', handle: toHandle({ ...place, stage: 'made' }) }
  if (place.stage === 'made')
    return { state: 'broken', handle, note: 'The database was dropped by somebody else.' }
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
  await call.postgresql(accessTo(server), async (session) => {
    await holdName(session, place.name)
    await session.transaction(async () => {
      await holdRoom(session)
      const seen = await look(session, place.name)
      if (seen.database === undefined) throw new ProviderFailure('not-found', 'The database is not there.')
      refuseForeign(seen, place)
      const { promised, capacity } = await roomOf(session, server.maxConnections)
      const more = size.connections - seen.database.connections
      if (more > 0 && promised + more > capacity) throw noRoom(server.region, more)
      await limitConnections(session, place.name, size.connections)
    })
  })
  return { state: 'ready', handle: toHandle({ ...place, size, stage: 'made' }) }
}

async function* list(servers: readonly ServerSettings[], broker: string, call: Call): AsyncIterable<Listed> {
  for (const server of servers) {
    const groups = await call.postgresql(accessTo(server), (session) => groupsOf(session, broker))
    for (const { name, mark, connections, hasDatabase } of groups) {
      const stage = hasDatabase ? 'made' : 'marked'
      const handle = toHandle({ server: server.name, name, mark, size: { connections }, stage })
      yield { mark, name, region: server.region, handle }
    }
  }
}
