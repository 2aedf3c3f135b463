import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, numberAt, objectAt, textAt } from '../../src/contract/read.ts'

/** What we use of an RDB instance. */
export interface Instance {
  readonly id: string
  readonly name: string
  readonly region: string
  readonly status: string
  readonly engine: string
  /** Lower case. */
  readonly nodeType: string
  readonly volumeType: string
  readonly volumeBytes: number
  readonly highAvailability: boolean
  readonly tags: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  /** The public endpoint's port, chosen by Scaleway; absent until there is one. */
  readonly port?: number
}

export interface AclRule {
  readonly ip: string
  readonly description: string
}

export interface NodeType {
  readonly name: string
  /** `unknown`, `low_stock`, `out_of_stock`, `available`. */
  readonly stock: string
}

/** What we use of a Redis cluster. */
export interface Cluster {
  readonly id: string
  readonly name: string
  readonly zone: string
  readonly status: string
  readonly version: string
  /** Lower case. */
  readonly nodeType: string
  readonly size: number
  readonly tags: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  readonly rules: readonly AclRule[]
  /** Of the public endpoint, which has no address until it is ready. */
  readonly host?: string
  readonly port?: number
}

/** The body of `POST /clusters`, in our words. */
export interface NewCluster {
  readonly name: string
  readonly version: string
  readonly tags: readonly string[]
  readonly nodeType: string
  readonly userName: string
  readonly password: string
  readonly clusterSize: number
  readonly rules: readonly AclRule[]
}

/** What a user may in a database; `none` takes it back. */
export interface Privilege {
  readonly user: string
  readonly database: string
  readonly permission: 'all' | 'readonly' | 'none'
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly total: number
}

/** The body of `POST /instances`, in Scaleway's words. */
export interface NewInstance {
  readonly name: string
  readonly engine: string
  readonly userName: string
  readonly password: string
  readonly nodeType: string
  readonly highAvailability: boolean
  readonly tags: readonly string[]
  readonly volumeType: string
  readonly volumeBytes: number
}

/** One field of `POST /instances/{id}/upgrade`: it takes exactly one at a time. */
export type Upgrade =
  | { readonly node_type: string }
  | { readonly volume_type: string }
  | { readonly volume_size: number }
  | { readonly enable_ha: true }

export function readInstance(json: Json | undefined): Instance {
  const instance = asObject(json)
  const volume = objectAt(instance, 'volume')
  const port = portOf(instance)
  return {
    id: textAt(instance, 'id'),
    name: textAt(instance, 'name'),
    region: textAt(instance, 'region'),
    status: textAt(instance, 'status'),
    engine: textAt(instance, 'engine'),
    nodeType: textAt(instance, 'node_type').toLowerCase(),
    volumeType: textAt(volume, 'type'),
    volumeBytes: numberAt(volume, 'size'),
    highAvailability: instance['is_ha_cluster'] === true,
    tags: arrayAt(instance, 'tags').filter((tag) => typeof tag === 'string'),
    createdAt: textAt(instance, 'created_at'),
    ...(port === undefined ? {} : { port })
  }
}

/** The endpoint that is not in a private network; `endpoints` is empty or null until the instance is ready. */
function portOf(instance: JsonObject): number | undefined {
  const endpoints = instance['endpoints']
  if (!Array.isArray(endpoints)) return undefined
  const open = (endpoints as readonly Json[])
    .filter(isObject)
    .find((each) => isObject(each['load_balancer']) || isObject(each['direct_access']))
  return open && numberAt(open, 'port')
}

export function readCluster(json: Json | undefined): Cluster {
  const cluster = asObject(json)
  return {
    id: textAt(cluster, 'id'),
    name: textAt(cluster, 'name'),
    zone: textAt(cluster, 'zone'),
    status: textAt(cluster, 'status'),
    version: textAt(cluster, 'version'),
    nodeType: textAt(cluster, 'node_type').toLowerCase(),
    size: numberAt(cluster, 'cluster_size'),
    tags: arrayAt(cluster, 'tags').filter((tag) => typeof tag === 'string'),
    createdAt: textAt(cluster, 'created_at'),
    rules: arrayAt(cluster, 'acl_rules').map(readClusterRule),
    ...addressOf(cluster)
  }
}

function readClusterRule(json: Json): AclRule {
  const { ip_cidr: ip, description } = asObject(json)
  if (typeof ip !== 'string') throw new ProviderFailure('unexpected', 'no text at "ip_cidr"')
  return { ip, description: typeof description === 'string' ? description : '' }
}

function addressOf(cluster: JsonObject): { host: string; port: number } | undefined {
  const endpoints = cluster['endpoints']
  if (!Array.isArray(endpoints)) return undefined
  const open = (endpoints as readonly Json[])
    .filter(isObject)
    .find((each) => isObject(each['public_network']))
  const [host] = open ? arrayAt(open, 'ips') : []
  return open && typeof host === 'string' ? { host, port: numberAt(open, 'port') } : undefined
}

export function readAclRule(json: Json | undefined): AclRule {
  const rule = asObject(json)
  const description = rule['description']
  return { ip: textAt(rule, 'ip'), description: typeof description === 'string' ? description : '' }
}

export function readNodeType(json: Json | undefined): NodeType {
  const type = asObject(json)
  return { name: textAt(type, 'name').toLowerCase(), stock: textAt(type, 'stock_status') }
}

export function readVersion(json: Json | undefined): string {
  return textAt(asObject(json), 'version')
}

/** Of a database, of a user. */
export function readName(json: Json | undefined): string {
  return textAt(asObject(json), 'name')
}

/** `content` is Base64 of a PEM. */
export function readCertificate(json: Json | undefined): string {
  return atob(textAt(asObject(json), 'content'))
}

export function readPage<T>(
  json: Json | undefined,
  key: string,
  read: (item: Json | undefined) => T
): Page<T> {
  const page = asObject(json)
  return { items: arrayAt(page, key).map((item) => read(item)), total: numberAt(page, 'total_count') }
}

function asObject(json: Json | undefined): JsonObject {
  if (isObject(json)) return json
  throw new ProviderFailure('unexpected', 'Scaleway answered something that is not a JSON object')
}
