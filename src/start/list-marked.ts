import type { Driver } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Reach } from '../registry/reach.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import type { Listing } from '../service/operator/deps.ts'

/** One service of a provider is listed for so long at most. */
const LISTING_MS = 60_000

/** What stands at a provider with this broker's mark, for each of its services. */
export async function listMarked(
  registry: OpenRegistry,
  ports: EngineDeps['ports'],
  brokerId: string,
  provider: string
): Promise<readonly Listing[]> {
  const drivers = Object.entries(registry.provider(provider)?.drivers ?? {})
  return Promise.all(
    drivers.map(([family, driver]) =>
      listing({ ports, brokerId, provider, family, reach: registry.reach(provider, family) }, driver)
    )
  )
}

interface Asked {
  readonly ports: EngineDeps['ports']
  readonly brokerId: string
  readonly provider: string
  readonly family: string
  readonly reach: Reach
}

async function listing(
  { ports, brokerId, provider, family, reach }: Asked,
  driver: Driver
): Promise<Listing> {
  const about = { provider, family }
  if (!driver.list) return { ...about, cannot: 'it has no way to list what stands there' }
  const signal = AbortSignal.timeout(LISTING_MS)
  const call = {
    ...ports({ signal, deadlineMs: LISTING_MS, provider, reach }),
    signal,
    now: new Date(),
    attempt: 1,
    note: () => {}
  }
  try {
    const marks = []
    for await (const { mark } of driver.list(brokerId, call)) marks.push(mark)
    return { ...about, marks }
  } catch (error) {
    const why = error instanceof ProviderFailure ? error.message : 'it failed unexpectedly'
    return { ...about, cannot: why }
  }
}
