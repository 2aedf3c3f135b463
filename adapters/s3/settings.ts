import type { JsonObject } from '../../src/contract/json.ts'
import { textAt } from '../../src/contract/read.ts'

/** An access key and its secret. */
export interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Settings extends Key {
  readonly endpoint: string
  readonly region: string
  readonly s3Region: string
  readonly pathStyle: boolean
  readonly network: 'public' | 'private'
  readonly ca?: string
  /** Where keys are made; absent: the endpoint has no way to make any. */
  readonly admin?: Admin
}

export interface Admin extends Key {
  readonly url: string
}

const DEFAULTS = { s3Region: 'us-east-1', pathStyle: true, network: 'public', keys: 'none' } as const

const text: JsonObject = { type: 'string', minLength: 1 }
const address: JsonObject = { type: 'string', pattern: '^https?://[^/?#\\s]+/?$' }

export const settingsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['endpoint', 'region', 'accessKeyId', 'secretAccessKey'],
  properties: {
    endpoint: {
      ...address,
      description: 'For the broker and for applications; without TLS only on loopback, with network private.'
    },
    region: { ...text, description: "The region of the catalog's plans that the endpoint serves." },
    s3Region: {
      ...text,
      default: DEFAULTS.s3Region,
      description:
        'What the endpoint itself calls its region: signatures hold for it, and buckets are made in it.'
    },
    accessKeyId: { ...text, description: 'The key of the account that owns every bucket.' },
    secretAccessKey: { ...text, writeOnly: true, description: 'Its secret.' },
    pathStyle: {
      type: 'boolean',
      default: DEFAULTS.pathStyle,
      description: "The bucket stands in the path; false: in the host's name."
    },
    network: {
      enum: ['public', 'private'],
      default: DEFAULTS.network,
      description: 'private allows addresses that are not public, loopback among them.'
    },
    ca: { ...text, description: 'The certificate authority in PEM, when it is not a public one.' },
    keys: {
      enum: ['radosgw-admin', 'none'],
      default: DEFAULTS.keys,
      description: "Who makes a key for each binding; none: every binding gets the account's own."
    },
    admin: {
      type: 'object',
      additionalProperties: false,
      dependencies: { accessKeyId: ['secretAccessKey'], secretAccessKey: ['accessKeyId'] },
      description: 'For radosgw-admin, where it is not as for the buckets.',
      properties: {
        url: { ...address, description: 'Where the admin API is; absent: at the endpoint.' },
        accessKeyId: { ...text, description: 'A key of a user with the capability users=*.' },
        secretAccessKey: { ...text, writeOnly: true, description: 'Its secret.' }
      }
    }
  }
}

/** `checked` has passed `settingsSchema`; what is left out gets its default. */
export function readSettings(checked: JsonObject): Settings {
  const all: JsonObject = { ...DEFAULTS, ...checked }
  const { ca } = all
  const endpoint = new URL(textAt(all, 'endpoint')).origin
  const key = { accessKeyId: textAt(all, 'accessKeyId'), secretAccessKey: textAt(all, 'secretAccessKey') }
  const admin = all['admin'] as (Partial<Key> & { readonly url?: string }) | undefined
  return {
    endpoint,
    region: textAt(all, 'region'),
    s3Region: textAt(all, 's3Region'),
    ...key,
    pathStyle: all['pathStyle'] === true,
    network: all['network'] === 'private' ? 'private' : 'public',
    ...(typeof ca === 'string' ? { ca } : {}),
    ...(all['keys'] === 'radosgw-admin'
      ? { admin: { ...key, ...admin, url: new URL(admin?.url ?? endpoint).origin } }
      : {})
  }
}
