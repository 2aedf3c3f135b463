import type { JsonObject } from '../../src/contract/json.ts'
import {
  type OwnServer,
  type OwnServerKind,
  ownServersSchema,
  readOwnServers,
  text
} from '../../src/contract/own-servers.ts'

/** One server as the operator describes it. */
export interface ServerSettings extends OwnServer {
  readonly maintenanceDatabase: string
  readonly maxConnections?: number
}

const DEFAULTS = { port: 5432, network: 'public', maintenanceDatabase: 'postgres' } as const

const KIND: OwnServerKind = {
  holds: 'databases',
  defaults: DEFAULTS,
  user: 'A login with CREATEDB, CREATEROLE and REPLICATION, never a superuser.',
  more: {
    maintenanceDatabase: { ...text, default: DEFAULTS.maintenanceDatabase },
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
