import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { enter, GONE, look, stateOf, statesOf } from '../../../test/support/fake/states.ts'
import {
  CLUSTER_NODE_TYPES,
  CLUSTER_VERSIONS,
  checkCluster,
  checkClusterRules,
  checkMigrate,
  checkNewPassword,
  checkPage,
  checkQuery
} from './checks.ts'
import {
  deniedPermission,
  invalidArgument,
  notFound,
  outOfStock,
  quotaExceeded,
  transientState
} from './problems.ts'
import { redisBacking } from './redis-backing.ts'
import type { Asked } from './reply.ts'
import type { FakeCluster } from './resources.ts'
import { isListed, microseconds, refuseDenied, type World } from './world.ts'

const ZONE = /^(fr-par|nl-ams|pl-waw)-[12]$/
const ROUTE =
  /^\/redis\/v1\/zones\/([^/]+)\/(clusters|node-types|cluster-versions)(?:\/([^/]+))?(?:\/([a-z-]+))?$/

/** Managed Redis, as far as the adapter uses it. */
export async function redisApi(world: World, asked: Asked): Promise<Reply> {
  const [, zone, collection, id, part = ''] = ROUTE.exec(asked.url.pathname) ?? []
  if (zone === undefined) throw notFound('route', asked.url.pathname)
  if (!ZONE.test(zone)) throw invalidArgument('zone', 'constraint', 'is not a zone')
  refuseDenied(world, 'redis')
  if (collection === 'clusters') return onClusters(world, zone, id, part, asked)
  if (id !== undefined || asked.method !== 'GET') throw notFound('route', asked.url.pathname)
  return collection === 'node-types' ? listNodeTypes(world, zone, asked) : listVersions(zone, asked)
}

async function onClusters(
  world: World,
  zone: string,
  id: string | undefined,
  part: string,
  asked: Asked
): Promise<Reply> {
  if (id === undefined) {
    if (asked.method === 'GET') return list(world, zone, asked)
    if (asked.method === 'POST') return create(world, zone, bodyOf(asked))
    throw notFound('route', asked.url.pathname)
  }
  const cluster = world.clusters.get(id)
  if (!cluster || cluster.zone !== zone) throw notFound('cluster', id)
  const handler = HANDLERS[`${asked.method} ${part}`]
  if (!handler) throw notFound('route', asked.url.pathname)
  return handler(world, cluster, asked)
}

const HANDLERS: Readonly<
  Record<string, (world: World, cluster: FakeCluster, asked: Asked) => Promise<Reply> | Reply>
> = {
  'GET ': get,
  'DELETE ': remove,
  'PATCH ': setPassword,
  'POST migrate': migrate,
  'PUT acls': replaceRules,
  'GET certificate': certificate
}

async function list(world: World, zone: string, asked: Asked): Promise<Reply> {
  const query = checkQuery(asked.url, ['project_id', 'page', 'page_size', 'order_by', 'tags', 'name'])
  const { page, size } = checkPage(query, world.scene.pageSize)
  if (query['project_id'] !== undefined && query['project_id'] !== world.projectId) {
    throw deniedPermission('redis', 'read')
  }
  if (query['tags'] === '') throw invalidArgument('tags', 'constraint', 'must not be empty')
  if (!['created_at_asc', undefined].includes(query['order_by']))
    throw invalidArgument('order_by', 'constraint')
  const there = [...world.clusters.values()].filter((each) => each.zone === zone)
  for (const each of there) each.listsSince += 1
  const found = there
    .filter((each) => isListed(world, each))
    .filter(({ tags }) => query['tags'] === undefined || tags.includes(query['tags']))
    .filter(({ name }) => query['name'] === undefined || name.includes(query['name']))
  const shown = found.slice((page - 1) * size, page * size)
  const clusters = await Promise.all(shown.map((each) => render(world, each)))
  for (const each of shown) await seen(world, each)
  return { status: 200, body: { clusters, total_count: found.length } }
}

async function create(world: World, zone: string, body: JsonObject): Promise<Reply> {
  const rules = checkCluster(body)
  if (body['project_id'] !== world.projectId) throw deniedPermission('redis', 'write')
  refuseOutOfStock(world, String(body['node_type']))
  const ours = [...world.clusters.values()].filter((each) => !each.isForeign)
  if (ours.length >= world.scene.quota) {
    throw quotaExceeded(ours.length, world.scene.quota, 'RedisClusters')
  }
  const breaks = world.scene.halfCreated > 0
  if (breaks) world.scene.halfCreated -= 1
  const cluster: FakeCluster = {
    ...newCluster(world, zone, String(body['name']), (body['tags'] ?? []) as string[]),
    version: String(body['version']),
    userName: String(body['user_name']),
    isForeign: false,
    isTls: body['tls_enabled'] === true,
    listsSince: 0,
    states: statesOf('provisioning', 'initializing', breaks ? 'error' : 'ready'),
    nodeType: String(body['node_type']),
    size: Number(body['cluster_size'] ?? 1),
    rules: rules.map((each) => ({ ...each, id: randomUUID() }))
  }
  const backing = await redisBacking()
  await backing.setUser(cluster.userName, String(body['password']))
  world.clusters.set(cluster.id, cluster)
  return { status: 200, body: await render(world, cluster) }
}

/** Ready, and with nothing behind it. */
export function newCluster(world: World, zone: string, name: string, tags: string[]): FakeCluster {
  return {
    id: randomUUID(),
    zone,
    name,
    version: '7.0.5',
    userName: 'somebody',
    tags,
    createdAt: new Date(world.clock.now()),
    isForeign: true,
    endpointId: randomUUID(),
    states: statesOf('ready'),
    isTls: true,
    gets: 0,
    listsSince: Number.MAX_SAFE_INTEGER,
    nodeType: 'RED1-MICRO',
    size: 1,
    rules: [{ id: randomUUID(), ip: '0.0.0.0/0', description: '' }]
  }
}

async function get(world: World, cluster: FakeCluster, asked: Asked): Promise<Reply> {
  checkQuery(asked.url, [])
  cluster.gets += 1
  if (!cluster.isForeign && cluster.gets <= world.scene.hiddenGets) throw notFound('cluster', cluster.id)
  const body = await render(world, cluster)
  await seen(world, cluster)
  return { status: 200, body }
}

async function seen(world: World, cluster: FakeCluster): Promise<void> {
  look(cluster.states, world.scene.looks)
  if (stateOf(cluster.states) !== GONE || !world.clusters.delete(cluster.id)) return
  await forget(world, cluster)
}

/** Its user goes along, unless a twin has the same. */
export async function forget(world: World, { userName }: FakeCluster): Promise<void> {
  const isKept = [...world.clusters.values()].some((each) => each.userName === userName)
  if (!isKept) await (await redisBacking()).removeUser(userName)
}

async function remove(world: World, cluster: FakeCluster): Promise<Reply> {
  const status = stateOf(cluster.states)
  if (!['ready', 'error', 'locked', 'suspended', 'deleting'].includes(status)) {
    throw transientState(cluster.id, status, 'cluster')
  }
  if (status !== 'deleting') {
    // Once seen live: a deletion that ended in an error, and had to be asked for again.
    const fails = world.scene.failedDeletes > 0
    if (fails) world.scene.failedDeletes -= 1
    enter(cluster.states, 'deleting', fails ? 'error' : GONE)
  }
  return { status: 200, body: await render(world, cluster) }
}

async function setPassword(world: World, cluster: FakeCluster, asked: Asked): Promise<Reply> {
  const password = checkNewPassword(bodyOf(asked))
  refuseTransient(cluster)
  await (await redisBacking()).setUser(cluster.userName, password)
  enter(cluster.states, 'provisioning', 'ready')
  return { status: 200, body: await render(world, cluster) }
}

async function migrate(world: World, cluster: FakeCluster, asked: Asked): Promise<Reply> {
  const body = bodyOf(asked)
  checkMigrate(body)
  refuseTransient(cluster)
  if (typeof body['node_type'] === 'string') changeNodeType(world, cluster, body['node_type'])
  if (typeof body['cluster_size'] === 'number') {
    if (body['cluster_size'] <= cluster.size)
      throw invalidArgument('cluster_size', 'constraint', 'can only grow')
    cluster.size = body['cluster_size']
  }
  enter(cluster.states, 'provisioning', 'ready')
  return { status: 200, body: await render(world, cluster) }
}

function changeNodeType(world: World, cluster: FakeCluster, nodeType: string): void {
  refuseOutOfStock(world, nodeType)
  if (nodeType.toLowerCase() === cluster.nodeType.toLowerCase()) {
    throw invalidArgument('node_type', 'constraint', 'is the present one')
  }
  cluster.nodeType = nodeType
}

function refuseOutOfStock(world: World, nodeType: string): void {
  if (world.scene.outOfStock.includes(nodeType.toLowerCase())) throw outOfStock(nodeType)
}

function replaceRules(world: World, cluster: FakeCluster, asked: Asked): Reply {
  const rules = checkClusterRules(bodyOf(asked))
  refuseTransient(cluster)
  if (!world.scene.forgetsRules) cluster.rules = rules.map((each) => ({ ...each, id: randomUUID() }))
  enter(cluster.states, 'configuring', 'ready')
  return { status: 200, body: { acl_rules: cluster.rules.map(renderRule), total_count: rules.length } }
}

async function certificate(_world: World, cluster: FakeCluster): Promise<Reply> {
  if (!cluster.isTls || !cluster.states.been.has('ready')) throw notFound('certificate', cluster.id)
  const content = Buffer.from((await redisBacking()).certificate).toString('base64')
  return { status: 200, body: { name: 'ssl_certificate', content_type: 'application/x-pem-file', content } }
}

function listNodeTypes(world: World, zone: string, asked: Asked): Reply {
  const { page, size } = checkPage(checkQuery(asked.url, ['include_disabled_types', 'page', 'page_size']))
  const types = CLUSTER_NODE_TYPES.map((name) => ({
    name: name.toUpperCase(),
    stock_status: world.scene.outOfStock.includes(name) ? 'out_of_stock' : 'available',
    description: '',
    vcpus: 2,
    memory: 1_073_741_824,
    disabled: false,
    beta: false,
    zone
  }))
  const shown = types.slice((page - 1) * size, page * size)
  return { status: 200, body: { node_types: shown, total_count: types.length } }
}

function listVersions(zone: string, asked: Asked): Reply {
  const known = ['include_disabled', 'include_beta', 'include_deprecated', 'version', 'page', 'page_size']
  const { page, size } = checkPage(checkQuery(asked.url, known))
  const versions = CLUSTER_VERSIONS.map((version) => ({
    version,
    end_of_life_at: null,
    available_settings: [],
    logo_url: '',
    zone
  }))
  const shown = versions.slice((page - 1) * size, page * size)
  return { status: 200, body: { versions: shown, total_count: versions.length } }
}

async function render(world: World, cluster: FakeCluster): Promise<JsonObject> {
  const isBorn = cluster.states.been.has('ready')
  const port = cluster.isForeign ? 6379 : (await redisBacking()).port
  return {
    id: cluster.id,
    name: cluster.name,
    project_id: world.projectId,
    status: stateOf(cluster.states),
    version: cluster.version,
    endpoints: [{ id: cluster.endpointId, ips: isBorn ? ['127.0.0.1'] : [], port, public_network: {} }],
    tags: cluster.tags,
    node_type: cluster.nodeType,
    created_at: microseconds(cluster.createdAt),
    updated_at: microseconds(cluster.createdAt),
    tls_enabled: cluster.isTls,
    cluster_settings: [],
    acl_rules: cluster.rules.map(renderRule),
    cluster_size: cluster.size,
    zone: cluster.zone,
    user_name: cluster.userName,
    upgradable_versions: []
  }
}

function renderRule({ id, ip, description }: FakeCluster['rules'][number]): JsonObject {
  return { id, ip_cidr: ip, description }
}

function refuseTransient(cluster: FakeCluster): void {
  const status = stateOf(cluster.states)
  if (status !== 'ready') throw transientState(cluster.id, status, 'cluster')
}

function bodyOf(asked: Asked): JsonObject {
  if (asked.body === undefined) throw invalidArgument('body', 'required')
  return asked.body
}
