import type { JsonObject } from '../../../src/contract/json.ts'

/** As far as it matters for one engine: what may be bought where. */
export const REGIONS: readonly string[] = ['GRA', 'SBG', 'DE', 'UK', 'WAW', 'BHS', 'SGP', 'EU-WEST-PAR']
export const VERSIONS: readonly string[] = ['14', '15', '16', '17']

/** Nodes of each plan, the smaller plans first. */
export const PLANS: Readonly<Record<string, number>> = { essential: 1, business: 2, enterprise: 3 }

/** GB: the smallest and largest disk, the smaller flavors first. */
export const FLAVORS: Readonly<Record<string, readonly [number, number]>> = {
  'db1-4': [80, 240],
  'db1-7': [160, 480],
  'db1-15': [240, 720],
  'db1-30': [480, 1440]
}
export const DISK_STEP_GB = 10

/** `GET /database/availability`, with the fields that were there first. */
export function availability(soldOut: readonly string[]): JsonObject[] {
  return REGIONS.flatMap((region) =>
    Object.entries(PLANS).flatMap(([plan, nodes]) =>
      Object.entries(FLAVORS).flatMap(([flavor, [minimum, maximum]]) =>
        VERSIONS.map((version) => ({
          engine: 'postgresql',
          version,
          plan,
          region,
          default: false,
          category: 'operational',
          planCode: `databases.postgresql-${plan}-${flavor}.hour.consumption`,
          planCodeStorage: null,
          specifications: {
            flavor,
            network: 'public',
            nodes: { minimum: nodes, maximum: nodes },
            storage: {
              minimum: { unit: 'GB', value: minimum },
              maximum: { unit: 'GB', value: maximum },
              step: { unit: 'GB', value: DISK_STEP_GB }
            }
          },
          backups: { available: true, retentionDays: 2 },
          lifecycle: {
            status: soldOut.includes(flavor) ? 'UNAVAILABLE' : 'STABLE',
            startDate: '2022-01-01'
          }
        }))
      )
    )
  )
}
