import type { JsonObject } from '../contract/json.ts'
import { accountSecretOf } from './ceph-keys.ts'
import { EXTRAS, type Extra } from './found-programs.ts'
import { MANAGED_ROOT } from './managed-root.ts'
import { MARIADB_CONNECTIONS } from './mariadb.ts'
import { LOCAL_NAMES, type LocalName, type LocalRecord } from './record.ts'
import { REDIS_ROOT } from './redis.ts'

/** What a provider runs beside PostgreSQL, as its adapter is told of it. */
export interface ExtraProvider {
  readonly name: LocalName
  readonly extra: Extra
  readonly adapter: 'mysql-server' | 'redis-server' | 's3'
  readonly settings: JsonObject
}

const ADAPTERS = { mysql: 'mysql-server', redis: 'redis-server', 'object-storage': 's3' } as const

/** Kinds of which each provider has servers of its own. */
type Server = Exclude<Extra, 'object-storage'>

/** Before anything is recorded. */
const UNMADE = { port: 1, password: 'made at the first start' }

/** A Redis of its own holds one instance. */
const REDIS_SERVERS = 4

/** One store for both providers, and what it consists of. */
export const STORE_SERVERS = {
  monitor: 'object-storage-monitor',
  disk: 'object-storage-disk',
  gateway: 'object-storage'
} as const

/** The names of the servers of one kind; also those of their folders. */
export function extraNames(name: LocalName, extra: Extra): readonly string[] {
  if (extra === 'object-storage') return Object.values(STORE_SERVERS)
  if (extra === 'mysql') return [`${name}-mysql`]
  return Array.from({ length: REDIS_SERVERS }, (_, index) => `${name}-redis-${index + 1}`)
}

/** All that are recorded, of the kinds that `isOffered`. */
export function extraProviders(
  record: LocalRecord,
  isOffered: (extra: Extra) => boolean
): readonly ExtraProvider[] {
  return LOCAL_NAMES.flatMap((name) =>
    EXTRAS.filter(isOffered).map((extra) => ({
      name,
      extra,
      adapter: ADAPTERS[extra],
      settings: extra === 'object-storage' ? accountFor(name, record) : serversFor(name, extra, record)
    }))
  )
}

/** An account of its own, so that the buckets of one provider are none of the other's. */
function accountFor(name: LocalName, { servers }: LocalRecord): JsonObject {
  const { port, password } = servers[STORE_SERVERS.gateway] ?? UNMADE
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: `${name}-1`,
    s3Region: 'default',
    accessKeyId: name,
    secretAccessKey: accountSecretOf(password, name),
    network: 'private',
    keys: 'radosgw-admin'
  }
}

function serversFor(name: LocalName, extra: Server, record: LocalRecord): JsonObject {
  return { servers: extraNames(name, extra).map((each) => serverFor(name, extra, each, record)) }
}

function serverFor(name: LocalName, extra: Server, server: string, record: LocalRecord): JsonObject {
  const { port, password } = record.servers[server] ?? UNMADE
  return {
    name: server.slice(name.length + 1),
    region: `${name}-1`,
    host: '127.0.0.1',
    port,
    user: extra === 'mysql' ? MANAGED_ROOT : REDIS_ROOT,
    password,
    network: 'private',
    ...(extra === 'mysql' && { maxConnections: MARIADB_CONNECTIONS - 10 })
  }
}
