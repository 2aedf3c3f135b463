import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { REDIS_ZONES } from './clusters.ts'
import type { Settings } from './settings.ts'

/** One small page of Managed Database, or of Managed Redis for a key that is only for that. */
export async function ping(client: Client, settings: Settings, call: Call): Promise<void> {
  const [region = 'fr-par'] = settings.regions
  try {
    await client.countInstances(call, region)
  } catch (error) {
    const zone = REDIS_ZONES.find((each) => each.startsWith(`${region}-`))
    const isDenied = error instanceof ProviderFailure && error.kind === 'denied'
    if (!isDenied || zone === undefined) throw error
    await client.countClusters(call, zone).catch(() => {
      throw error
    })
  }
}
