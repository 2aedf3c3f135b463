import type { JsonObject } from '../../src/contract/json.ts'
import {
  type OwnServer,
  type OwnServerKind,
  ownServersSchema,
  readOwnServers
} from '../../src/contract/own-servers.ts'

/** One server as the operator describes it. */
export interface ServerSettings extends OwnServer {
  /** True: many instances. False: one at a time, which has the whole server. */
  readonly shared: boolean
}

const DEFAULTS = { port: 6379, network: 'public', user: 'portolan', shared: false } as const

const KIND: OwnServerKind = {
  holds: 'instances',
  defaults: DEFAULTS,
  user: 'A user that may change the access list.',
  more: {
    shared: {
      type: 'boolean',
      default: DEFAULTS.shared,
      description: 'true takes many instances, each with a prefix; false takes one at a time.'
    }
  }
}

export const settingsSchema = ownServersSchema(KIND)

/** `checked` has passed `settingsSchema`. */
export function readServers(checked: JsonObject): readonly ServerSettings[] {
  return readOwnServers(checked, KIND) as readonly ServerSettings[]
}
