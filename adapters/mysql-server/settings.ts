import type { JsonObject } from '../../src/contract/json.ts'

/** One server as the operator describes it. */
export interface ServerSettings {
  readonly name: string
  readonly region: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly tls?: { readonly ca?: string; readonly servername?: string }
  readonly network: 'public' | 'private'
  readonly maintenanceDatabase: string
  readonly maxConnections?: number
}

const DEFAULTS = { port: 3306, network: 'public', maintenanceDatabase: 'portolan' } as const

const text: JsonObject = { type: 'string', minLength: 1 }

const server: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'region', 'host', 'user', 'password'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'Never change it while it holds databases.'
    },
    region: { ...text, description: "The region of the catalog's plans that this server serves." },
    host: {
      ...text,
      pattern: '^[^/\\s]+$',
      description: 'Name or address, for the broker and for applications.'
    },
    port: { type: 'integer', minimum: 1, maximum: 65535, default: DEFAULTS.port },
    user: { ...text, description: 'A login with the rights that the README lists, never more.' },
    password: { ...text, writeOnly: true },
    tls: {
      type: 'object',
      additionalProperties: false,
      description: 'Needed for every server that is not on loopback.',
      properties: {
        ca: { ...text, description: 'The certificate authority in PEM, when it is not a public one.' },
        servername: { ...text, description: "The name in the certificate, when it is not the host's." }
      }
    },
    network: {
      enum: ['public', 'private'],
      default: DEFAULTS.network,
      description: 'private allows addresses that are not public, loopback among them.'
    },
    maintenanceDatabase: {
      type: 'string',
      pattern: '^[a-z][a-z0-9]{0,62}$',
      default: DEFAULTS.maintenanceDatabase,
      description:
        'Where the broker keeps whose each database is. Never change it while the server holds databases.'
    },
    maxConnections: {
      type: 'integer',
      minimum: 1,
      description: 'Connections that may be promised in all, when it is less than the server can keep.'
    }
  }
}

export const settingsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['servers'],
  properties: { servers: { type: 'array', minItems: 1, items: server } }
}

/** `checked` has passed `settingsSchema`; what is left out gets its default. */
export function readServers(checked: JsonObject): readonly ServerSettings[] {
  const servers = (checked as unknown as { readonly servers: readonly ServerSettings[] }).servers
  const names = new Set(servers.map((each) => each.name))
  if (names.size < servers.length) throw new Error('mysql-server: two servers have one name')
  return servers.map((each) => ({ ...DEFAULTS, ...each }))
}
