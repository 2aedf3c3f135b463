import type { ResourceFinding } from '../contract/adapter.ts'
import type { Resource } from '../domain/resource.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { callFor, whyOf } from './look-call.ts'

const LOOK_MS = 20_000

/** Whether one resource is what its plan takes for granted. Never throws. */
export async function inspectResource(
  registry: EngineDeps['registry'],
  ports: EngineDeps['ports'],
  { provider, family, handle }: Resource
): Promise<readonly ResourceFinding[]> {
  const driver = registry.driver(provider, family)
  if (!driver?.inspect || !handle) return []
  try {
    const call = callFor(ports, { provider, reach: registry.reach(provider, family) }, LOOK_MS)
    return await driver.inspect(handle, call)
  } catch (error) {
    return [{ level: 'warning', text: `nobody can tell what it may do: ${whyOf(error)}` }]
  }
}
