import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, numberAt, textAt } from '../../src/contract/read.ts'

export interface Settings {
  readonly secretKey: string
  readonly projectId: string
  readonly regions: readonly string[]
  readonly apiUrl: string
  /** `{instance}` and `{region}` are filled in. */
  readonly hostTemplate: string
  readonly listLagSeconds: number
  readonly network: 'public' | 'private'
  /** Absent: there are no buckets to be had. */
  readonly objectStorage?: ObjectStorageSettings
}

export interface ObjectStorageSettings {
  readonly accessKey: string
  readonly organizationId: string
  /** `{region}` is filled in. */
  readonly endpoint: string
}

const S3_ENDPOINT = 'https://s3.{region}.scw.cloud'

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
      pattern: '^(?!SCW[0-9A-Z]{17}$)',
      writeOnly: true,
      description: 'The secret key of an IAM application, never the access key, which begins with SCW.'
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
    },
    objectStorage: {
      type: 'object',
      additionalProperties: false,
      required: ['accessKey', 'organizationId'],
      description: 'What buckets need besides; without it no plan of object storage is offered.',
      properties: {
        accessKey: {
          type: 'string',
          pattern: '^SCW[0-9A-Z]{17}$',
          description: 'The access key that belongs to the secret key.'
        },
        organizationId: {
          type: 'string',
          minLength: 1,
          description: 'The organisation of the project: applications and their keys are made in it.'
        },
        endpoint: {
          type: 'string',
          pattern: '^https?://[^/?#\\s]+/?$',
          default: S3_ENDPOINT,
          description: 'Where the buckets of a region are, for the broker and for applications.'
        }
      }
    }
  }
}

/** `checked` has passed `settingsSchema`; what is left out gets its default. */
export function readSettings(checked: JsonObject): Settings {
  const all: JsonObject = { ...DEFAULTS, ...checked }
  const { objectStorage } = all
  return {
    secretKey: textAt(all, 'secretKey'),
    projectId: textAt(all, 'projectId'),
    regions: arrayAt(all, 'regions').filter((region) => typeof region === 'string'),
    apiUrl: textAt(all, 'apiUrl'),
    hostTemplate: textAt(all, 'hostTemplate'),
    listLagSeconds: numberAt(all, 'listLagSeconds'),
    network: all['network'] === 'private' ? 'private' : 'public',
    ...(isObject(objectStorage) ? { objectStorage: readObjectStorage(objectStorage) } : {})
  }
}

function readObjectStorage(checked: JsonObject): ObjectStorageSettings {
  return {
    accessKey: textAt(checked, 'accessKey'),
    organizationId: textAt(checked, 'organizationId'),
    endpoint: textAt({ endpoint: S3_ENDPOINT, ...checked }, 'endpoint').replace(/\/$/, '')
  }
}
