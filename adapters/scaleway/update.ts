import type { Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { closeNetwork } from './create.ts'
import { hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import { loginsOf } from './plan.ts'
import type { Servers } from './servers.ts'
import { isBroken, isReady } from './status.ts'

/** One field at a time, and `ready` in between: what stands there says what is left to do. */
export async function updateStep(
  client: Servers,
  order: Order,
  before: Place,
  call: Call
): Promise<Sighting> {
  const instance = hasId(before) ? await lookAt(client, before, call) : undefined
  if (!instance) throw new ProviderFailure('not-found', 'the instance at Scaleway is gone')
  if (loginsOf(order.plan).logins !== before.logins) {
    throw new ProviderFailure(
      'invalid',
      'who makes the logins (logins) stays as it was when the instance was made'
    )
  }
  const place = { ...withLimit(before, order.plan), id: instance.id }
  const wanted = client.nextChange(instance, order.plan)
  const growsFull = instance.status === 'disk_full' && wanted !== undefined && 'volume_size' in wanted
  if (isBroken(instance) && !growsFull) {
    throw new ProviderFailure('conflict', `the instance at Scaleway is in state ${instance.status}`)
  }
  if (!isReady(instance) && !growsFull) {
    return { state: 'pending', handle: place, note: `the instance at Scaleway is ${instance.status}` }
  }
  if (wanted) return begin(client, place, wanted, call)
  return finish(client, order, place, call)
}

export function withLimit(place: Place, { connectionLimit }: JsonObject): Place {
  const { connectionLimit: _limit, ...rest } = place
  return typeof connectionLimit === 'number' ? { ...rest, connectionLimit } : rest
}

async function begin(client: Servers, place: Located, change: JsonObject, call: Call): Promise<Sighting> {
  await client.change(call, place.region, place.id, change)
  return { state: 'pending', handle: place, note: `changing ${Object.keys(change).join()}` }
}

async function finish(client: Servers, order: Order, place: Located, call: Call): Promise<Sighting> {
  const closed = await closeNetwork(client, order, place, call)
  if (closed?.state === 'broken') throw new ProviderFailure('conflict', closed.note)
  if (closed) return closed
  const { rulesSent: _rulesSent, ...settled } = place
  return { state: 'ready', handle: { ...settled, made: true } }
}
