import type { Catalog } from '../domain/offer.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { inspectProvider } from '../registry/inspect-provider.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { callFor } from './look-call.ts'

/** One provider is asked for so long at most. */
const INSPECTION_MS = 20_000

/** One provider, as `portolan doctor` sees it; without a catalog where it cannot be read. */
export async function inspect(
  registry: OpenRegistry,
  ports: EngineDeps['ports'],
  provider: string,
  catalog: Catalog | undefined
): ReturnType<typeof inspectProvider> {
  const registered = registry.provider(provider)
  if (!registered) return []
  const plans = catalog?.offerings.flatMap(({ plans: all }) =>
    all.filter((plan) => plan.provider === provider)
  )
  const found = await Promise.all(
    registered.adapters.map(({ adapter, reach }) =>
      inspectProvider(adapter, callFor(ports, { provider, reach }, INSPECTION_MS), plans)
    )
  )
  return found.flat()
}
