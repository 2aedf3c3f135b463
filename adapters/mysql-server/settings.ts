import type { JsonObject } from '../../src/contract/json.ts'
import {
  type OwnServer,
  type OwnServerKind,
  ownServersSchema,
  readOwnServers
} from '../../src/contract/own-servers.ts'

/** One server as the operator describes it. */
export interface ServerSettings extends OwnServer {
  readonly maintenanceDatabase: string
  readonly maxConnections?: number
}

const DEFAULTS = { port: 3306, network: 'public', maintenanceDatabase: 'portolan' } as const

const KIND: OwnServerKind = {
  holds: 'databases',
  defaults: DEFAULTS,
  user: 'A login with the rights that the README lists, never more.',
  more: {
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

export const settingsSchema = ownServersSchema(KIND)

/** `checked` has passed `settingsSchema`. */
export function readServers(checked: JsonObject): readonly ServerSettings[] {
  return readOwnServers(checked, KIND) as readonly ServerSettings[]
}
