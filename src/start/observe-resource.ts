import { ProviderFailure } from '../contract/errors.ts'
import type { Observed } from '../domain/drift.ts'
import type { Resource } from '../domain/resource.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { callFor, whyOf } from './look-call.ts'

const LOOK_MS = 20_000

/** What the provider shows of one resource now. */
export async function observeResource(
  registry: EngineDeps['registry'],
  ports: EngineDeps['ports'],
  { provider, family, handle }: Pick<Resource, 'provider' | 'family' | 'handle'>
): Promise<Observed> {
  // Without a handle the driver was never asked for an effect.
  if (!handle) return { state: 'gone' }
  const driver = registry.driver(provider, family)
  if (!driver) return { state: 'unknown', text: 'its provider is not in the settings' }
  try {
    const sighting = await driver.observe(
      handle,
      callFor(ports, { provider, reach: registry.reach(provider, family) }, LOOK_MS)
    )
    if (sighting.state === 'broken') return { state: 'broken', text: sighting.note }
    return { state: sighting.state === 'gone' ? 'gone' : 'there' }
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'not-found') return { state: 'gone' }
    // Something stands under its name, and it is not what the books say.
    if (error instanceof ProviderFailure && error.kind === 'conflict')
      return { state: 'broken', text: error.message }
    return { state: 'unknown', text: whyOf(error) }
  }
}
