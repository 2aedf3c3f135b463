import type { JsonObject } from '../../../src/contract/json.ts'

/** What may be bought where, as far as it matters. */
export const REGIONS: readonly string[] = ['GRA', 'SBG', 'DE', 'UK', 'WAW', 'BHS', 'SGP', 'EU-WEST-PAR']

/** Those of object storage are others. */
export const STORAGE_REGIONS: readonly string[] = [
  'GRA',
  'SBG',
  'RBX',
  'DE',
  'UK',
  'WAW',
  'BHS',
  'SGP',
  'EU-WEST-PAR',
  'EU-SOUTH-MIL',
  'CA-EAST-TOR'
]

export interface FakeNetwork {
  readonly networkId: string
  readonly subnetId: string
}

/** The project's private networks, by region. */
export const NETWORKS: Readonly<Record<string, FakeNetwork>> = {
  GRA: {
    networkId: '3b0c2f6e-0000-4000-8000-000000000001',
    subnetId: '3b0c2f6e-0000-4000-8000-000000000002'
  }
}

/** Each with its versions, the older first, and how its address is written. */
export const ENGINES = {
  postgresql: {
    versions: ['14', '15', '16', '17'],
    scheme: 'postgres',
    database: '/defaultdb',
    admin: 'avnadmin'
  },
  mysql: { versions: ['8'], scheme: 'mysql', database: '/defaultdb', admin: 'avnadmin' },
  valkey: { versions: ['7.2', '8.0'], scheme: 'rediss', database: '', admin: 'default' }
} as const

export type Engine = keyof typeof ENGINES

export function isEngine(name: string): name is Engine {
  return Object.hasOwn(ENGINES, name)
}

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
  return Object.keys(ENGINES)
    .filter(isEngine)
    .flatMap((engine) => offersOf(engine, soldOut))
}

function offersOf(engine: Engine, soldOut: readonly string[]): JsonObject[] {
  return REGIONS.flatMap((region) =>
    Object.entries(PLANS).flatMap(([plan, nodes]) =>
      Object.entries(FLAVORS).flatMap(([flavor, [minimum, maximum]]) =>
        ENGINES[engine].versions.map((version) => ({
          engine,
          version,
          plan,
          region,
          default: false,
          category: 'operational',
          planCode: `databases.${engine}-${plan}-${flavor}.hour.consumption`,
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
