import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, numberAt, textAt } from '../../src/contract/read.ts'

/** A service account (OAuth2), or the keys of an application. */
export type Credentials =
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'application'
      readonly applicationKey: string
      readonly applicationSecret: string
      readonly consumerKey: string
    }

export interface Settings {
  /** `eu`, `ca`, `us`, or an address that has the API below `/1.0`. */
  readonly endpoint: string
  readonly project: string
  readonly credentials: Credentials
  readonly regions: readonly string[]
  readonly listLagSeconds: number
  readonly network: 'public' | 'private'
  /** Where buckets are, when it is not at OVHcloud's own address; `{region}` stands for the region in lower case. */
  readonly storageEndpoint?: string
  readonly storageRegions: readonly string[]
  /** By region. */
  readonly privateNetworks: Readonly<Record<string, PrivateNetwork>>
}

export interface PrivateNetwork {
  readonly networkId: string
  readonly subnetId: string
}

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

const DEFAULTS = {
  endpoint: 'eu',
  regions: ['GRA', 'SBG', 'DE', 'UK', 'WAW'],
  listLagSeconds: 60,
  network: 'public',
  storageRegions: ['GRA', 'SBG', 'RBX', 'DE', 'UK', 'WAW']
} as const

export const settingsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['project'],
  oneOf: [
    { required: ['clientId', 'clientSecret'] },
    { required: ['applicationKey', 'applicationSecret', 'consumerKey'] }
  ],
  properties: {
    endpoint: {
      type: 'string',
      pattern: '^(eu|ca|us|https?://.+)$',
      default: DEFAULTS.endpoint,
      description: 'eu, ca or us, or an address that has the API below /1.0.'
    },
    project: {
      type: 'string',
      pattern: '^[0-9a-f]{32}$',
      description: 'The Public Cloud project that everything is made in.'
    },
    clientId: { type: 'string', minLength: 1, description: 'Of a service account (OAuth2).' },
    clientSecret: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description: 'Of a service account (OAuth2).'
    },
    applicationKey: { type: 'string', minLength: 1, description: 'Instead of a service account.' },
    applicationSecret: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description: 'Belongs to the application key.'
    },
    consumerKey: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description: 'What a customer granted to the application.'
    },
    regions: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[A-Z0-9-]+$' },
      default: DEFAULTS.regions,
      description: 'The regions that portolan doctor looks at.'
    },
    listLagSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 600,
      default: DEFAULTS.listLagSeconds,
      description: 'How long after its creation a list may still not show a service.'
    },
    network: {
      enum: ['public', 'private'],
      default: DEFAULTS.network,
      description: 'private lets the API, the databases and the buckets have addresses that are not public.'
    },
    storageEndpoint: {
      type: 'string',
      pattern: '^https?://[^/?#\\s]+/?$',
      description:
        "Where buckets are, when it is not at OVHcloud's own address; {region} stands for the region in lower case."
    },
    storageRegions: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[A-Z0-9-]+$' },
      default: DEFAULTS.storageRegions,
      description: 'The regions of object storage that portolan doctor looks at.'
    },
    privateNetworks: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['networkId', 'subnetId'],
        properties: {
          networkId: { type: 'string', pattern: UUID },
          subnetId: { type: 'string', pattern: UUID }
        }
      },
      description: 'By region: where services of plans with privateNetwork stand; as OpenStack calls them.'
    }
  }
}

/** `checked` has passed `settingsSchema`; what is left out gets its default. */
export function readSettings(checked: JsonObject): Settings {
  const all: JsonObject = { ...DEFAULTS, ...checked }
  const { storageEndpoint } = all
  return {
    endpoint: textAt(all, 'endpoint'),
    project: textAt(all, 'project'),
    credentials: readCredentials(all),
    regions: textsAt(all, 'regions'),
    listLagSeconds: numberAt(all, 'listLagSeconds'),
    network: all['network'] === 'private' ? 'private' : 'public',
    storageRegions: textsAt(all, 'storageRegions'),
    privateNetworks: readNetworks(all['privateNetworks']),
    ...(typeof storageEndpoint === 'string' ? { storageEndpoint } : {})
  }
}

function readNetworks(networks: Json | undefined): Settings['privateNetworks'] {
  const all = Object.entries(isObject(networks) ? networks : {})
  return Object.fromEntries(
    all.flatMap(([region, network]) =>
      isObject(network)
        ? [[region, { networkId: textAt(network, 'networkId'), subnetId: textAt(network, 'subnetId') }]]
        : []
    )
  )
}

function textsAt(all: JsonObject, key: string): readonly string[] {
  return arrayAt(all, key).filter((each) => typeof each === 'string')
}

function readCredentials(all: JsonObject): Credentials {
  if (all['clientId'] !== undefined) {
    return {
      kind: 'client',
      clientId: textAt(all, 'clientId'),
      clientSecret: textAt(all, 'clientSecret')
    }
  }
  return {
    kind: 'application',
    applicationKey: textAt(all, 'applicationKey'),
    applicationSecret: textAt(all, 'applicationSecret'),
    consumerKey: textAt(all, 'consumerKey')
  }
}
