import type { EngineDeps } from '../engine/deps.ts'
import { inspectProvider } from '../registry/inspect-provider.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { callFor } from './look-call.ts'

/** One provider is asked for so long at most. */
const INSPECTION_MS = 20_000

/** One provider, as `portolan doctor` sees it. */
export async function inspect(
  registry: OpenRegistry,
  ports: EngineDeps['ports'],
  provider: string
): ReturnType<typeof inspectProvider> {
  const registered = registry.provider(provider)
  if (!registered) return []
  const found = await Promise.all(
    registered.adapters.map(({ adapter, reach }) =>
      inspectProvider(adapter, callFor(ports, { provider, reach }, INSPECTION_MS))
    )
  )
  return found.flat()
}
