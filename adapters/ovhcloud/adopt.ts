import type { Order, Sighting } from '../../src/contract/adapter.ts'
import { type Compared, differing } from '../../src/contract/differences.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { advance, type Kind } from './create.ts'
import { hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import { loginsOf, readPlan } from './plan.ts'
import { isPrivate, refuseOtherNetwork } from './private-network.ts'
import { isBroken, isGoing } from './status.ts'
import type { Service } from './types.ts'

/**
 * Takes over what carries our mark. Nobody knows the password of what a list has found: it is reset, as in a create. What is not there
 * yet, because it was lost half made, is made.
 */
export async function adoptStep(
  services: Services,
  kind: Kind,
  order: Order,
  soFar: Place | undefined,
  call: Call
): Promise<Sighting> {
  if (!soFar || !hasId(soFar)) {
    throw new ProviderFailure(
      'invalid',
      "At OVHcloud only what carries this broker's mark can be taken over."
    )
  }
  const service = await lookAt(services, soFar, call)
  if (!service) throw new ProviderFailure('not-found', 'it is not at OVHcloud any more')
  if (isBroken(service) || isGoing(service)) {
    throw new ProviderFailure('conflict', `it is in state ${service.status} at OVHcloud`)
  }
  const { networkId, subnetId } = service
  const network = networkId === undefined || subnetId === undefined ? {} : { networkId, subnetId }
  refuseOtherNetwork(network, order.plan)
  return advance(services, kind, order, { ...withPlan(soFar, order), ...network }, service, call)
}

/** Of what is not there, or has another mark, the steps tell. */
export async function differences(
  services: Services,
  place: Place,
  plan: JsonObject,
  call: Call
): Promise<readonly string[]> {
  const service = hasId(place) ? await lookAt(services, place, call) : undefined
  return service ? differing(compared(service, plan)) : []
}

/** A larger disk is no difference: a flavor may bring one, and nobody knows what was ordered. */
function compared(service: Service, checked: JsonObject): readonly Compared[] {
  const { plan, version, flavor, nodes, diskGb } = readPlan(checked)
  return [
    ['plan', service.plan, plan],
    ['version', service.version, version],
    ['flavor', service.flavor, flavor],
    ['number of nodes', service.nodes ?? nodes, nodes],
    ...(diskGb === undefined
      ? []
      : [['disk in GB', Math.min(service.diskGb ?? diskGb, diskGb), diskGb] as const]),
    ['network', reach(service.networkId !== undefined), reach(isPrivate(checked))]
  ]
}

function reach(inPrivate: boolean): string {
  return inPrivate ? 'private' : 'public'
}

/** A twin would be destroyed by who makes one; who takes over destroys nothing. */
function withPlan(place: Located, order: Order): Located {
  const { connectionLimit: _limit, diskGb: _disk, askedAgain: _asked, ...rest } = place
  const { connectionLimit, diskGb } = readPlan(order.plan)
  return {
    ...rest,
    ...loginsOf(order.plan),
    seen: true,
    ...(connectionLimit === undefined ? {} : { connectionLimit }),
    ...(diskGb === undefined ? {} : { diskGb })
  }
}
