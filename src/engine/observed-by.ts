import type { Driver, Handle } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Call } from '../contract/ports.ts'
import type { Observed } from '../domain/drift.ts'

/** What a driver shows of a resource; that nobody can tell is an answer too. */
export async function observedBy(
  driver: Pick<Driver, 'observe'>,
  handle: Handle | undefined,
  call: Call
): Promise<Observed> {
  // Without a handle the driver was never asked for an effect.
  if (!handle) return { state: 'gone' }
  try {
    const sighting = await driver.observe(handle, call)
    if (sighting.state === 'broken') return { state: 'broken', text: sighting.note }
    return { state: sighting.state === 'gone' ? 'gone' : 'there' }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) return { state: 'unknown', text: 'it failed unexpectedly' }
    if (error.kind === 'not-found') return { state: 'gone' }
    // Something stands under its name, and it is not what the books say.
    if (error.kind === 'conflict') return { state: 'broken', text: error.message }
    return { state: 'unknown', text: error.message }
  }
}
