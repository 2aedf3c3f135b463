import type { Driver, Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'

/** Takes over what carries our mark: its limits become those of the plan. */
export async function adopt(
  { observe, update }: Pick<Required<Driver>, 'observe' | 'update'>,
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined)
    throw new ProviderFailure(
      'invalid',
      `No database called ${order.name} carries this broker's mark, and nothing else can be taken over on these servers.`
    )
  const sighting = await observe(soFar, call)
  if (sighting.state === 'pending')
    throw new ProviderFailure('invalid', 'Its mark is there, and its database is not.')
  return sighting.state === 'ready' ? update(sighting.handle, order, call) : sighting
}
