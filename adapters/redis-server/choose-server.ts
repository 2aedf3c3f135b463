import type { Order } from '../../src/contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { type Entry, holdersOf, isEmpty, isSameEntry } from './client.ts'
import type { PlanSize } from './plan.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** The one that holds the instance already; else one of the region that is free, or shared by the fewest. Only looks. */
export async function chooseServer(
  servers: readonly ServerSettings[],
  order: Pick<Order, 'region' | 'name' | 'mark'>,
  { shared }: PlanSize,
  call: Call
): Promise<ServerSettings> {
  const fitting = servers.filter((each) => each.region === order.region && each.shared === shared)
  if (fitting.length === 0) {
    const text = `No ${shared ? 'shared' : 'dedicated'} server stands in the region "${order.region}".`
    throw new ProviderFailure('invalid', text)
  }
  const looks = await Promise.all(fitting.map((server) => lookAt(server, call)))
  const ours = looks.find(({ holders }) => holders.some((each) => each.name === order.name))
  if (ours !== undefined) return held(ours, order)
  const [best] = looks
    .filter(({ isFree }) => isFree)
    .toSorted((one, other) => one.holders.length - other.holders.length)
  if (best !== undefined) return best.server
  const failed = looks.find((each) => each.failure !== undefined)
  if (failed?.failure !== undefined) throw failed.failure
  throw noneFree(order.region)
}

function noneFree(region: string): ProviderFailure {
  return new ProviderFailure('quota', `No Redis server in the region "${region}" is free.`)
}

interface Look {
  readonly server: ServerSettings
  readonly holders: readonly Entry[]
  readonly isFree: boolean
  readonly failure?: ProviderFailure
}

function held({ server, holders }: Look, entry: Entry): ServerSettings {
  if (holders.some((each) => isSameEntry(each, entry))) return server
  throw foreign()
}

export function foreign(): ProviderFailure {
  const text = 'A Redis server holds an instance of this name that is not ours.'
  return new ProviderFailure('conflict', text)
}

/** A server that is away only matters when no other is free. One with data that nobody holds is not given to anybody. */
async function lookAt(server: ServerSettings, call: Call): Promise<Look> {
  try {
    return await call.redis(accessTo(server), async (session) => {
      const holders = await holdersOf(session, server)
      const isFree = server.shared || (holders.length === 0 && (await isEmpty(session)))
      return { server, holders, isFree }
    })
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    if (!isRetryable(error)) call.note(`server ${server.name}: ${error.message}`)
    return { server, holders: [], isFree: false, failure: error }
  }
}
