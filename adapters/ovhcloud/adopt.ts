import type { Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { advance, type Kind } from './create.ts'
import { hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import { loginsOf, readPlan } from './plan.ts'
import { refuseOtherNetwork } from './private-network.ts'
import { isBroken, isGoing } from './status.ts'

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

/** A twin would be destroyed by who makes one; who takes over destroys nothing. */
function withPlan(place: Located, order: Order): Located {
  const { connectionLimit: _limit, askedAgain: _asked, ...rest } = place
  const { connectionLimit } = readPlan(order.plan)
  return {
    ...rest,
    ...loginsOf(order.plan),
    seen: true,
    ...(connectionLimit === undefined ? {} : { connectionLimit })
  }
}
