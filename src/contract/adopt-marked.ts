import type { Driver, Handle, Order, Sighting } from './adapter.ts'
import { ProviderFailure } from './errors.ts'
import type { Call } from './ports.ts'

/** The `adopt` of a driver that takes over what carries our mark, and nothing else: its limits become those of the plan. */
export async function adoptMarked(
  { observe, update }: Pick<Required<Driver>, 'observe' | 'update'>,
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined) {
    const text = `Nothing called ${order.name} carries this broker's mark, and nothing else can be taken over on these servers.`
    throw new ProviderFailure('invalid', text)
  }
  const sighting = await observe(soFar, call)
  if (sighting.state === 'pending') throw new ProviderFailure('invalid', 'It was not made to its end.')
  return sighting.state === 'ready' ? update(sighting.handle, order, call) : sighting
}
