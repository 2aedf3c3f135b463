import type { Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { closeNetwork } from './create.ts'
import { hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import { type Plan, readPlan, volumeBytes } from './plan.ts'
import { isBroken, isReady } from './status.ts'
import type { Instance, Upgrade } from './types.ts'

/** One field at a time, and `ready` in between: what stands there says what is left to do. */
export async function updateStep(client: Client, order: Order, before: Place, call: Call): Promise<Sighting> {
  const instance = hasId(before) ? await lookAt(client, before, call) : undefined
  if (!instance) throw new ProviderFailure('not-found', 'the instance at Scaleway is gone')
  const plan = readPlan(order.plan)
  const place = { ...withLimit(before, plan), id: instance.id }
  const wanted = nextUpgrade(instance, plan)
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

function withLimit(place: Place, plan: Plan): Place {
  const { connectionLimit: _limit, ...rest } = place
  return plan.connectionLimit === undefined ? rest : { ...rest, connectionLimit: plan.connectionLimit }
}

async function begin(client: Client, place: Located, upgrade: Upgrade, call: Call): Promise<Sighting> {
  await client.upgrade(call, place.region, place.id, upgrade)
  return { state: 'pending', handle: place, note: `changing ${Object.keys(upgrade).join()}` }
}

async function finish(client: Client, order: Order, place: Located, call: Call): Promise<Sighting> {
  const closed = await closeNetwork(client, order, place, call)
  if (closed?.state === 'broken') throw new ProviderFailure('conflict', closed.note)
  if (closed) return closed
  const { rulesSent: _rulesSent, ...settled } = place
  return { state: 'ready', handle: { ...settled, made: true } }
}

/** The first thing that differs; throws `invalid` for what Scaleway cannot change. */
function nextUpgrade(instance: Instance, plan: Plan): Upgrade | undefined {
  refuseImpossible(instance, plan)
  const node = plan.nodeType === instance.nodeType ? undefined : { node_type: plan.nodeType }
  const volume = plan.volumeType === instance.volumeType ? undefined : { volume_type: plan.volumeType }
  const high = plan.highAvailability && !instance.highAvailability ? { enable_ha: true as const } : undefined
  // A local disk belongs to the node type, so the node changes first; anything else would not fit on the way.
  if (plan.volumeType === 'lssd') return node ?? volume ?? high
  const size = volumeBytes(plan) > instance.volumeBytes ? { volume_size: volumeBytes(plan) } : undefined
  return volume ?? size ?? node ?? high
}

function refuseImpossible(instance: Instance, plan: Plan): void {
  if (plan.engine !== instance.engine) {
    throw new ProviderFailure('invalid', `the engine stays ${instance.engine}`)
  }
  if (instance.highAvailability && !plan.highAvailability) {
    throw new ProviderFailure('invalid', 'high availability cannot be switched off')
  }
  if (plan.volumeType !== 'lssd' && volumeBytes(plan) < instance.volumeBytes) {
    throw new ProviderFailure('invalid', 'a volume cannot become smaller')
  }
}
