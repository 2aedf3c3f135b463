import type { Order } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Place } from './place.ts'
import type { Settings } from './settings.ts'
import type { Service } from './types.ts'

/** Where a service stands in a private network of the project; neither: at a public address. */
export type Network = Pick<Place, 'networkId' | 'subnetId'>

/** The one that the operator named for the region, where the plan wants one. Throws `invalid` where there is none. */
export function chosenNetwork({ privateNetworks }: Settings, { region, plan }: Order): Network {
  if (!isPrivate(plan)) return {}
  const network = Object.hasOwn(privateNetworks, region) ? privateNetworks[region] : undefined
  if (network) return network
  throw new ProviderFailure(
    'invalid',
    `The plan stands in a private network, and none is set for the region "${region}" (privateNetworks).`
  )
}

/** Who asked for a private network is not given a public address. */
export function isElsewhere(place: Network, service: Service): boolean {
  return place.networkId !== service.networkId
}

/** Throws `invalid`: OVHcloud moves no service to another network. */
export function refuseOtherNetwork(place: Network, plan: JsonObject): void {
  if (isPrivate(plan) === (place.networkId !== undefined)) return
  throw new ProviderFailure(
    'invalid',
    'the network (privateNetwork) stays as it was when the service was made'
  )
}

/** A private network's addresses are private. */
export function reachOf(settings: Settings, { networkId }: Network): 'public' | 'private' {
  return networkId === undefined ? settings.network : 'private'
}

export function isPrivate({ privateNetwork }: JsonObject): boolean {
  return privateNetwork === true
}
