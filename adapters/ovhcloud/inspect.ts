import type { Finding } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { remedyOf } from './errors.ts'
import type { Settings } from './settings.ts'
import type { Availability } from './types.ts'

/** As OVHcloud calls them, and as people do. */
const ENGINES = [
  ['postgresql', 'PostgreSQL'],
  ['mysql', 'MySQL'],
  ['valkey', 'Valkey']
] as const

const RIGHTS = {
  client: 'allow publicCloudProject:apiovh:* on the project to the service account',
  application:
    'grant the consumer key GET, POST, PUT and DELETE on /cloud/project/<project>/database/*, see the README'
}

/** What is sold, though perhaps not for long. */
const SOLD: readonly string[] = ['STABLE', 'BETA', 'DEPRECATED']

export async function inspect(client: Client, settings: Settings, call: Call): Promise<readonly Finding[]> {
  const subject = `project ${settings.project}`
  try {
    const counts: string[] = []
    for (const [engine, title] of ENGINES) {
      counts.push(`${(await client.services(engine).ids(call)).length} of ${title}`)
    }
    const text = `services in the project: ${counts.join(', ')}`
    return [{ level: 'ok', subject, text }, ...(await inspectRegions(client, settings, call))]
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const remedy = remedyOf(error, settings.credentials.kind, RIGHTS)
    return [{ level: 'refused', subject, text: error.message, ...remedy }]
  }
}

async function inspectRegions(client: Client, settings: Settings, call: Call): Promise<readonly Finding[]> {
  const offers = await client.availability(call)
  return settings.regions.map((region) => {
    const subject = `region ${region}`
    const missing = ENGINES.filter(([engine]) => !offers.some((each) => isSold(each, engine, region)))
    if (missing.length === 0) return { level: 'ok', subject, text: 'everything is sold here' }
    const names = missing.map(([, title]) => title).join(' and ')
    return { level: 'warning', subject, text: `no ${names} is sold to this project here` }
  })
}

function isSold(offer: Availability, engine: string, region: string): boolean {
  return offer.engine === engine && offer.region === region && SOLD.includes(offer.status)
}
