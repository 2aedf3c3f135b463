import type { Observed } from '../domain/drift.ts'
import type { Resource } from '../domain/resource.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { observedBy } from '../engine/observed-by.ts'
import { callFor } from './look-call.ts'

const LOOK_MS = 20_000

/** What the provider shows of one resource now. */
export async function observeResource(
  registry: EngineDeps['registry'],
  ports: EngineDeps['ports'],
  { provider, family, handle }: Pick<Resource, 'provider' | 'family' | 'handle'>
): Promise<Observed> {
  if (!handle) return { state: 'gone' }
  const driver = registry.driver(provider, family)
  if (!driver) return { state: 'unknown', text: 'its provider is not in the settings' }
  const reach = registry.reach(provider, family)
  return observedBy(driver, handle, callFor(ports, { provider, reach }, LOOK_MS))
}
