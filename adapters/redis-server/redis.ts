import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver, Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { adoptMarked } from '../../src/contract/adopt-marked.ts'
import { differing } from '../../src/contract/differences.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call, RedisSession } from '../../src/contract/ports.ts'
import { toHandle } from '../../src/contract/server-place.ts'
import { foreign } from './choose-server.ts'
import { entriesOf, holdersOf, isSameEntry, usedBytes } from './client.ts'
import { create, limit } from './create.ts'
import { destroy } from './destroy.ts'
import { type Place, readHandle } from './handle.ts'
import { planSchema, readPlan } from './plan.ts'
import { accessTo, serverNamed } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** One of `servers` as a whole, or keys of one prefix on one that is shared. Its users are the family's. */
export function redisDriver(servers: readonly ServerSettings[]): Driver {
  const standing: Pick<Required<Driver>, 'observe' | 'update'> = {
    observe: (handle, call) => observe(servers, handle, call),
    update: (handle, order, call) => update(servers, handle, order, call)
  }
  return {
    planSchema,
    bindChoices: (plan) => (readPlan(plan).shared ? { user: ['own'] } : {}),
    ...standing,
    create: (order, soFar, call) => create(servers, order, soFar, call),
    destroy: (handle, call) => destroy(servers, handle, call),
    adopt: (order, soFar, call) => adoptMarked(standing, order, soFar, call),
    async differences(handle, plan) {
      const { shared } = serverNamed(servers, readHandle(handle).server)
      return differing([['server', whose(shared), whose(readPlan(plan).shared)]])
    },
    access: (handle, call) => access(servers, handle, call),
    list: (broker, call) => list(servers, broker, call)
  }
}

function whose(shared: boolean): string {
  return shared ? 'shared' : 'its own'
}

async function observe(servers: readonly ServerSettings[], handle: Handle, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  const [holder] = await call.redis(accessTo(server), (session) => entriesOf(session, server, place.name))
  if (holder === undefined) return { state: 'gone' }
  if (!isSameEntry(holder, place)) {
    if (holder.name !== place.name) return { state: 'gone' }
    throw foreign()
  }
  if (place.stage === 'made') return { state: 'ready', handle }
  return { state: 'pending', handle: toHandle({ ...place, stage: 'marked' }), lookAgainInSeconds: 0 }
}

/** Without its mark a server is free, and who has it by now must not be opened to who had it. */
async function access(servers: readonly ServerSettings[], handle: Handle, call: Call): Promise<RedisAccess> {
  const place = readHandle(handle)
  const server = serverNamed(servers, place.server)
  await call.redis(accessTo(server), (session) => holderIs(place, session, server))
  return accessTo(server, place.name)
}

async function holderIs(place: Place, session: RedisSession, server: ServerSettings): Promise<void> {
  const [holder] = await entriesOf(session, server, place.name)
  if (holder?.name !== place.name) throw new ProviderFailure('not-found', 'The instance is not there.')
  if (!isSameEntry(holder, place)) throw foreign()
}

async function update(
  servers: readonly ServerSettings[],
  handle: Handle,
  order: Order,
  call: Call
): Promise<Sighting> {
  const place = { ...readHandle(handle), size: readPlan(order.plan) }
  const server = serverNamed(servers, place.server)
  if (place.size.shared !== server.shared) {
    const text = 'An instance cannot change between a shared server and one of its own: make another one.'
    throw new ProviderFailure('invalid', text)
  }
  await call.redis(accessTo(server), async (session) => {
    await holderIs(place, session, server)
    const { memoryMb } = place.size
    if (!server.shared && memoryMb !== undefined && (await usedBytes(session)) > memoryMb * 1024 * 1024) {
      throw new ProviderFailure('invalid', `The data does not fit into ${memoryMb} MB.`)
    }
    await limit(session, place, server, call)
  })
  return { state: 'ready', handle: toHandle({ ...place, stage: 'made' }) }
}

async function* list(servers: readonly ServerSettings[], broker: string, call: Call) {
  for (const server of servers) {
    const holders = await call.redis(accessTo(server), (session) => holdersOf(session, server))
    for (const { name, mark } of holders.filter((each) => each.mark.broker === broker)) {
      const size = { shared: server.shared }
      const handle = toHandle({ server: server.name, name, mark, size, stage: 'made' })
      yield { mark, name, region: server.region, handle }
    }
  }
}
