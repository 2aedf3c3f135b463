import type { Finding } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'

/** What is sold, though perhaps not for long. */
const SOLD: readonly string[] = ['STABLE', 'BETA', 'DEPRECATED']

export async function inspect(client: Client, settings: Settings, call: Call): Promise<readonly Finding[]> {
  const subject = `project ${settings.project}`
  try {
    const services = await client.services('postgresql').ids(call)
    const text = `${services.length} PostgreSQL services in the project`
    return [{ level: 'ok', subject, text }, ...(await inspectRegions(client, settings, call))]
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const remedy = 'allow publicCloudProject:apiovh:* on the project to the service account'
    return [
      { level: 'refused', subject, text: error.message, ...(error.kind === 'denied' ? { remedy } : {}) }
    ]
  }
}

async function inspectRegions(client: Client, settings: Settings, call: Call): Promise<readonly Finding[]> {
  const offers = await client.availability(call)
  return settings.regions.map((region) => {
    const sold = offers.filter(
      (each) => each.engine === 'postgresql' && each.region === region && SOLD.includes(each.status)
    )
    const subject = `region ${region}`
    if (sold.length > 0) return { level: 'ok', subject, text: `${sold.length} offers of PostgreSQL` }
    return { level: 'warning', subject, text: 'no PostgreSQL is sold to this project here' }
  })
}
