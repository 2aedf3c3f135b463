import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, numberAt, textAt } from '../../src/contract/read.ts'

export interface Settings {
  readonly secretKey: string
  readonly projectId: string
  readonly regions: readonly string[]
  readonly apiUrl: string
  /** `{instance}` and `{region}` are filled in. */
  readonly hostTemplate: string
  readonly listLagSeconds: number
  readonly network: 'public' | 'private'
}

const DEFAULTS = {
  regions: ['fr-par', 'nl-ams', 'pl-waw'],
  apiUrl: 'https://api.scaleway.com',
  hostTemplate: 'rw-{instance}.rdb.{region}.scw.cloud',
  listLagSeconds: 30,
  network: 'public'
} as const

export const settingsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['secretKey', 'projectId'],
  properties: {
    secretKey: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description: 'The secret key of an IAM application.'
    },
    projectId: { type: 'string', minLength: 1, description: 'The project that everything is made in.' },
    regions: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[a-z]{2}-[a-z]{3}$' },
      default: DEFAULTS.regions,
      description: 'The regions that are looked through for resources of this broker.'
    },
    apiUrl: { type: 'string', pattern: '^https?://', default: DEFAULTS.apiUrl },
    hostTemplate: {
      type: 'string',
      minLength: 1,
      default: DEFAULTS.hostTemplate,
      description: 'The host of an instance; its certificate carries this name.'
    },
    listLagSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 600,
      default: DEFAULTS.listLagSeconds,
      description: 'How long after its creation a list may still not show an instance.'
    },
    network: {
      enum: ['public', 'private'],
      default: DEFAULTS.network,
      description: 'private lets the API and the databases have addresses that are not public.'
    }
  }
}

/** `checked` has passed `settingsSchema`; what is left out gets its default. */
export function readSettings(checked: JsonObject): Settings {
  const all: JsonObject = { ...DEFAULTS, ...checked }
  return {
    secretKey: textAt(all, 'secretKey'),
    projectId: textAt(all, 'projectId'),
    regions: arrayAt(all, 'regions').filter((region) => typeof region === 'string'),
    apiUrl: textAt(all, 'apiUrl'),
    hostTemplate: textAt(all, 'hostTemplate'),
    listLagSeconds: numberAt(all, 'listLagSeconds'),
    network: all['network'] === 'private' ? 'private' : 'public'
  }
}
