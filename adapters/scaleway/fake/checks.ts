import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { Permission } from '../../../test/support/fake/api-logins.ts'
import { invalidArgument } from './problems.ts'

export type Check = (value: Json, name: string) => void

export const NODE_TYPES: Readonly<Record<string, readonly string[]>> = {
  'db-dev-s': ['lssd', 'bssd', 'sbs_5k'],
  'db-dev-m': ['lssd', 'bssd', 'sbs_5k'],
  'db-dev-l': ['lssd', 'bssd', 'sbs_5k'],
  'db-play2-pico': ['sbs_5k', 'sbs_15k'],
  'db-play2-nano': ['sbs_5k', 'sbs_15k'],
  'db-play2-micro': ['sbs_5k', 'sbs_15k'],
  'db-pro2-xxs': ['sbs_5k', 'sbs_15k'],
  'db-pro2-xs': ['sbs_5k', 'sbs_15k'],
  'db-pro2-s': ['sbs_5k', 'sbs_15k']
}

const ENGINES: readonly string[] = [
  'PostgreSQL-14',
  'PostgreSQL-15',
  'PostgreSQL-16',
  'PostgreSQL-17',
  'MySQL-8'
]
const STEP_BYTES = 5_000_000_000
export const LOCAL_BYTES = 5_000_000_000

export const text =
  (fits: (value: string) => boolean, help: string): Check =>
  (value, name) => {
    if (typeof value !== 'string') throw invalidArgument(name, 'format', 'must be a string')
    if (!fits(value)) throw invalidArgument(name, 'constraint', help)
  }

const truth: Check = (value, name) => {
  if (typeof value !== 'boolean') throw invalidArgument(name, 'format', 'must be a boolean')
}

const nothing: Check = (value, name) => {
  if (value !== null) throw invalidArgument(name, 'constraint', 'is not known to this fake')
}

const bytes: Check = (value, name) => {
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw invalidArgument(name, 'format', 'must be an integer')
  if (value < 0 || value % STEP_BYTES !== 0) {
    throw invalidArgument(name, 'constraint', 'must be a multiple of 5000000000')
  }
}

const words: Check = (value, name) => {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string' && each.length <= 128)) {
    throw invalidArgument(name, 'format', 'must be a list of strings')
  }
}

const nodeType = text((value) => value.toLowerCase() in NODE_TYPES, 'is not a node type')
const volumeType = text(
  (value) => ['lssd', 'bssd', 'sbs_5k', 'sbs_15k'].includes(value),
  'is not a volume type'
)

const password = text(
  (value) =>
    value.length >= 8 &&
    value.length <= 128 &&
    [/[0-9]/, /[a-z]/, /[A-Z]/, /[^A-Za-z0-9]/].every((kind) => kind.test(value)),
  'must have 8 to 128 characters, a digit, an upper-case, a lower-case and a special character'
)

const userName = text(
  (value) => /^[A-Za-z][A-Za-z0-9_$-]{0,62}$/.test(value) && !/^(_rdb|pg_)/.test(value),
  'is not a user name'
)

const encryption: Check = (value, name) => {
  if (JSON.stringify(value) !== '{"enabled":false}') {
    throw invalidArgument(name, 'constraint', 'is not known to this fake')
  }
}

const INSTANCE: Readonly<Record<string, Check>> = {
  project_id: text(() => true, ''),
  name: text((value) => /^.{1,255}$/.test(value), 'must have 1 to 255 characters'),
  engine: text((value) => ENGINES.includes(value), 'is not an engine'),
  user_name: userName,
  password,
  node_type: nodeType,
  is_ha_cluster: truth,
  disable_backup: truth,
  tags: words,
  init_settings: nothing,
  volume_type: volumeType,
  volume_size: bytes,
  init_endpoints: nothing,
  backup_same_region: truth,
  encryption
}

const UPGRADE: Readonly<Record<string, Check>> = {
  node_type: nodeType,
  volume_type: volumeType,
  volume_size: bytes,
  enable_ha: (value, name) => {
    if (value !== true) throw invalidArgument(name, 'constraint', 'can only be switched on')
  }
}

export function checkInstance(body: JsonObject): void {
  check(body, INSTANCE, ['name', 'engine', 'node_type', 'user_name', 'password', 'project_id'])
  if (String(body['engine']).startsWith('MySQL') && String(body['user_name']).length > 32) {
    throw invalidArgument('user_name', 'constraint', 'must have 1 to 32 characters')
  }
  const kind = String(body['node_type']).toLowerCase()
  const volume = String(body['volume_type'] ?? 'lssd')
  if (!NODE_TYPES[kind]?.includes(volume)) {
    throw invalidArgument('volume_type', 'constraint', `is not available with ${kind}`)
  }
  const size = Number(body['volume_size'] ?? 0)
  if (volume === 'lssd' ? size !== 0 : size < STEP_BYTES) {
    throw invalidArgument('volume_size', 'constraint', `does not fit ${volume}`)
  }
}

export function checkUpgrade(body: JsonObject): void {
  check(body, UPGRADE, [])
  if (Object.keys(body).length !== 1) {
    throw invalidArgument('upgrade_target', 'constraint', 'exactly one field must be set')
  }
}

export function checkDatabase(body: JsonObject): string {
  check(body, { name: text((value) => /^[A-Za-z0-9_$-]{1,63}$/.test(value), 'is not a database name') }, [
    'name'
  ])
  return String(body['name'])
}

export function checkUser(body: JsonObject): { name: string; password: string } {
  check(body, { name: userName, password, is_admin: truth }, ['name', 'password'])
  return { name: String(body['name']), password: String(body['password']) }
}

export function checkNewPassword(body: JsonObject): string {
  check(body, { password }, ['password'])
  return String(body['password'])
}

export function checkPrivilege(body: JsonObject): { user: string; database: string; permission: Permission } {
  const permission = text(
    (value) => ['all', 'readwrite', 'readonly', 'none'].includes(value),
    'is not a permission'
  )
  const anything = text(() => true, '')
  const known = { database_name: anything, user_name: anything, permission }
  check(body, known, ['database_name', 'user_name', 'permission'])
  return {
    user: String(body['user_name']),
    database: String(body['database_name']),
    permission: String(body['permission']) as Permission
  }
}

export const CLUSTER_NODE_TYPES: readonly string[] = ['red1-micro', 'red1-s', 'red1-m', 'red1-xs', 'red1-l']
export const CLUSTER_VERSIONS: readonly string[] = ['6.2.7', '7.0.5', '7.2.11']
const clusterNode = text((value) => CLUSTER_NODE_TYPES.includes(value.toLowerCase()), 'is not a node type')
const nodes: Check = (value, name) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw invalidArgument(name, 'constraint', 'must be at least 1')
  }
}

const CLUSTER: Readonly<Record<string, Check>> = {
  project_id: text(() => true, ''),
  name: text((value) => /^.{1,255}$/.test(value), 'must have 1 to 255 characters'),
  version: text((value) => CLUSTER_VERSIONS.includes(value), 'is not a version'),
  tags: words,
  node_type: clusterNode,
  user_name: text((value) => /^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(value), 'is not a user name'),
  password,
  cluster_size: nodes,
  acl_rules: (value, name) => Array.isArray(value) || fail(name),
  endpoints: nothing,
  tls_enabled: truth,
  cluster_settings: nothing
}

export function checkCluster(body: JsonObject): { ip: string; description: string }[] {
  check(body, CLUSTER, ['project_id', 'name', 'version', 'node_type', 'user_name', 'password'])
  // Taken to be open where nothing is said.
  return clusterRules((body['acl_rules'] ?? [{ ip_cidr: '0.0.0.0/0' }]) as readonly JsonObject[])
}

/** Cluster mode cannot be entered, nor can a cluster have fewer nodes. */
export function checkMigrate(body: JsonObject): void {
  const two: Check = (value, name) => {
    if (value !== 2) throw invalidArgument(name, 'constraint', 'is not possible')
  }
  check(body, { node_type: clusterNode, cluster_size: two }, [])
  if (Object.keys(body).length !== 1) {
    throw invalidArgument('cluster', 'constraint', 'exactly one field must be set')
  }
}

export function checkClusterRules(body: JsonObject): { ip: string; description: string }[] {
  check(body, { acl_rules: (value, name) => Array.isArray(value) || fail(name) }, ['acl_rules'])
  return clusterRules(body['acl_rules'] as readonly JsonObject[])
}

function clusterRules(rules: readonly JsonObject[]): { ip: string; description: string }[] {
  return rules.map((rule) => {
    check(rule, { ip_cidr: network, description: text(() => true, '') }, ['ip_cidr'])
    return { ip: String(rule['ip_cidr']), description: String(rule['description'] ?? '') }
  })
}

const network = text((value) => /^[0-9a-fA-F.:]+\/\d{1,3}$/.test(value), 'is not a network')

export function checkRules(body: JsonObject): { ip: string; description: string }[] {
  check(body, { rules: (value, name) => Array.isArray(value) || fail(name) }, ['rules'])
  const rules = body['rules'] as readonly JsonObject[]
  if (rules.length > 50) throw invalidArgument('rules', 'constraint', 'at most 50')
  return rules.map((rule) => {
    check(rule, { ip: network, description: text(() => true, '') }, ['ip'])
    return { ip: String(rule['ip']), description: String(rule['description'] ?? '') }
  })
}

function fail(name: string): never {
  throw invalidArgument(name, 'format')
}

export function check(
  body: JsonObject,
  known: Readonly<Record<string, Check>>,
  required: readonly string[]
): void {
  for (const name of required) {
    if (body[name] === undefined || body[name] === '') throw invalidArgument(name, 'required')
  }
  for (const [name, value] of Object.entries(body)) {
    const one = known[name]
    if (!one) throw invalidArgument(name, 'unknown')
    one(value, name)
  }
}

/** The query's values; a name that is not in `known`, or given twice, is refused. */
export function checkQuery(url: URL, known: readonly string[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (!known.includes(name) || name in values) throw invalidArgument(name, 'unknown')
    values[name] = value
  }
  return values
}

export function checkPage(
  query: Readonly<Record<string, string>>,
  most = 100
): { page: number; size: number } {
  const page = Number(query['page'] ?? 1)
  const size = Number(query['page_size'] ?? 20)
  if (!Number.isInteger(page) || page < 1) throw invalidArgument('page', 'constraint')
  if (!Number.isInteger(size) || size < 1 || size > 100) throw invalidArgument('page_size', 'constraint')
  return { page, size: Math.min(size, most) }
}
