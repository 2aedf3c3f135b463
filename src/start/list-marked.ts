import type { Driver } from '../contract/adapter.ts'
import type { Listing } from '../domain/drift.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { listedBy } from '../engine/listed-by.ts'
import type { Reach } from '../registry/reach.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { callFor, whyOf } from './look-call.ts'

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
  if (!driver.list) return { ...about, cannot: 'it has no way to list what stands there', why: 'no list' }
  const call = callFor(ports, { provider, reach }, LISTING_MS)
  try {
    return { ...about, listed: await listedBy(driver, brokerId, call) }
  } catch (error) {
    return { ...about, cannot: whyOf(error), why: 'no answer' }
  }
}
