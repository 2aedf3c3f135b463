import { ProviderFailure } from './errors.ts'
import type { JsonObject } from './json.ts'

/** A server that an operator runs and names in the settings. */
export interface OwnServer {
  readonly name: string
  readonly region: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly tls?: { readonly ca?: string; readonly servername?: string }
  readonly network: 'public' | 'private'
}

/** What differs between kinds of servers. */
export interface OwnServerKind {
  /** What a server holds, in the plural. */
  readonly holds: 'databases' | 'instances'
  readonly defaults: {
    readonly port: number
    readonly network: 'public'
    readonly user?: string
  } & JsonObject
  /** Whom the broker logs in as. */
  readonly user: string
  /** Settings of this kind alone. */
  readonly more: JsonObject
}

/** A setting that is not empty. */
export const text: JsonObject = { type: 'string', minLength: 1 }

/** `settingsSchema` of an adapter whose servers stand in a list. */
export function ownServersSchema(kind: OwnServerKind): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['servers'],
    properties: { servers: { type: 'array', minItems: 1, items: serverSchema(kind) } }
  }
}

function serverSchema({ holds, defaults, user, more }: OwnServerKind): JsonObject {
  const given = defaults.user === undefined ? {} : { default: defaults.user }
  return {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'region', 'host', ...(defaults.user === undefined ? ['user'] : []), 'password'],
    properties: {
      name: {
        type: 'string',
        pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
        description: `Never change it while it holds ${holds}.`
      },
      region: { ...text, description: "The region of the catalog's plans that this server serves." },
      host: {
        ...text,
        pattern: '^[^/\\s]+$',
        description: 'Name or address, for the broker and for applications.'
      },
      port: { type: 'integer', minimum: 1, maximum: 65535, default: defaults.port },
      user: { ...text, ...given, description: user },
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
        default: defaults.network,
        description: 'private allows addresses that are not public, loopback among them.'
      },
      ...more
    }
  }
}

/** `checked` has passed the schema; what is left out gets its default. */
export function readOwnServers(checked: JsonObject, { defaults }: OwnServerKind): readonly OwnServer[] {
  const { servers } = checked as unknown as { readonly servers: readonly OwnServer[] }
  const names = servers.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new ProviderFailure('invalid', `servers: two of them are called ${twice}`)
  return servers.map((each) => ({ ...defaults, ...each }))
}

/** Retried by the core: the operator may have it back in the settings soon. */
export function serverNamed<S extends OwnServer>(
  servers: readonly S[],
  name: string,
  what: 'database' | 'instance'
): S {
  const server = servers.find((each) => each.name === name)
  if (server !== undefined) return server
  throw new ProviderFailure(
    'unavailable',
    `The server "${name}" that holds this ${what} is not in the settings.`
  )
}

/** The part of an access that is the same for every kind. */
export function wayTo({ host, port, user, password, tls, network }: OwnServer) {
  const way = { host, port, user, password, network }
  return tls === undefined ? way : { ...way, tls }
}

/** Logs in at every server; a failure names the server. */
export async function pingEach<S extends OwnServer>(
  servers: readonly S[],
  ask: (server: S) => Promise<unknown>
): Promise<void> {
  for (const server of servers) {
    try {
      await ask(server)
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error
      throw new ProviderFailure(error.kind, `server ${server.name}: ${error.message}`, { cause: error })
    }
  }
}
