import type { JsonObject } from '../../../src/contract/json.ts'
import type { Tenant } from '../../../test/support/fake/local-postgresql.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { enter, GONE } from '../../../test/support/fake/states.ts'
import { type Backings, firstDatabases } from './backing.ts'
import {
  checkDatabase,
  checkInstance,
  checkPage,
  checkQuery,
  checkRules,
  checkUpgrade,
  LOCAL_BYTES,
  NODE_TYPES
} from './checks.ts'
import { iamApi } from './iam-api.ts'
import {
  alreadyExists,
  deniedPermission,
  invalidArgument,
  notFound,
  outOfStock,
  quotaExceeded,
  transientState,
  tupleConflict
} from './problems.ts'
import { redisApi } from './redis-api.ts'
import { type Asked, bodyOf, type OnInstance, refuseTransient } from './reply.ts'
import type { FakeInstance } from './resources.ts'
import { onUsers } from './users.ts'
import { addInstance, isBorn, isListed, lookAt, refuseDenied, render, statusOf, type World } from './world.ts'

export type Api = (asked: Asked) => Promise<Reply>

const REGIONS: readonly string[] = ['fr-par', 'nl-ams', 'pl-waw', 'it-mil']
const ROUTE =
  /^\/rdb\/v1\/regions\/([^/]+)\/(node-types|instances)(?:\/([^/]+))?(?:\/([a-z-]+))?(?:\/([^/]+))?$/

/** Scaleway's RDB, Redis and IAM APIs, as far as the adapter uses them; everything else is not there. */
export function fakeApi(world: World, backings: Backings): Api {
  return async (asked) => {
    if (asked.url.pathname.startsWith('/redis/')) return redisApi(world, asked)
    if (asked.url.pathname.startsWith('/iam/')) return iamApi(world, asked)
    return rdbApi(world, backings, asked)
  }
}

async function rdbApi(world: World, backings: Backings, asked: Asked): Promise<Reply> {
  const [, region, collection, id, part, item] = ROUTE.exec(asked.url.pathname) ?? []
  if (region === undefined || collection === undefined) throw notFound('route', asked.url.pathname)
  if (!REGIONS.includes(region)) throw invalidArgument('region', 'constraint', 'is not a region')
  refuseDenied(world, 'relational_databases')
  if (collection === 'node-types') {
    if (id !== undefined || asked.method !== 'GET') throw notFound('route', asked.url.pathname)
    return listNodeTypes(world, region, asked)
  }
  if (id === undefined) return onInstances(world, backings, region, asked)
  const instance = world.instances.get(id)
  if (!instance || instance.region !== region) throw notFound('instance', id)
  return onInstance({ world, backings, instance, asked, part, item })
}

function onInstances(world: World, backings: Backings, region: string, asked: Asked): Promise<Reply> {
  if (asked.method === 'GET') return listInstances(world, backings, region, asked)
  if (asked.method === 'POST') return createInstance(world, backings, region, bodyOf(asked))
  throw notFound('route', asked.url.pathname)
}

const HANDLERS: Readonly<Record<string, (on: OnInstance) => Promise<Reply> | Reply>> = {
  'GET ': getInstance,
  'DELETE ': deleteInstance,
  'POST upgrade': upgrade,
  'GET certificate': certificate,
  'GET acls': listRules,
  'PUT acls': replaceRules,
  'GET databases': listDatabases,
  'POST databases': createDatabase
}

async function onInstance(on: OnInstance): Promise<Reply> {
  const handler = HANDLERS[`${on.asked.method} ${on.part ?? ''}`]
  if (on.part === 'users' || on.part === 'privileges') return onUsers(on)
  if (!handler || on.item !== undefined) throw notFound('route', on.asked.url.pathname)
  return handler(on)
}

async function listInstances(world: World, backings: Backings, region: string, asked: Asked): Promise<Reply> {
  const known = ['project_id', 'page', 'page_size', 'order_by', 'tags', 'name']
  const query = checkQuery(asked.url, known)
  const { page, size } = checkPage(query, world.scene.pageSize)
  if (query['project_id'] !== undefined) checkProject(world, query['project_id'], 'read')
  if (query['tags'] === '') throw invalidArgument('tags', 'constraint', 'must not be empty')
  if (!['created_at_asc', undefined].includes(query['order_by']))
    throw invalidArgument('order_by', 'constraint')
  const there = [...world.instances.values()].filter((each) => each.region === region)
  for (const each of there) each.listsSince += 1
  const found = there
    .filter((each) => isListed(world, each))
    .filter((each) => query['tags'] === undefined || each.tags.includes(query['tags']))
    .filter((each) => query['name'] === undefined || each.name.includes(query['name']))
  const shown = found.slice((page - 1) * size, page * size)
  const instances = shown.map((each) => render(world, each))
  for (const each of shown) await seen(world, backings, each)
  return { status: 200, body: { instances, total_count: found.length } }
}

async function seen(world: World, backings: Backings, instance: FakeInstance): Promise<void> {
  lookAt(world, instance)
  if (statusOf(instance) !== GONE || !world.instances.delete(instance.id)) return
  const twin = [...world.instances.values()].find((each) => each.userName === instance.userName)
  const backing = await backings.of(instance.engine)
  await backing.remove(tenantOf(instance), twin?.userName)
}

export function tenantOf({ userName, databases, users }: FakeInstance): Tenant {
  return { admin: userName, databases, logins: [...users] }
}

async function createInstance(
  world: World,
  backings: Backings,
  region: string,
  body: JsonObject
): Promise<Reply> {
  checkInstance(body)
  checkProject(world, String(body['project_id']), 'write')
  const nodeType = String(body['node_type']).toLowerCase()
  if (world.scene.outOfStock.includes(nodeType)) throw outOfStock(nodeType)
  const ours = [...world.instances.values()].filter((each) => !each.isForeign)
  if (ours.length >= world.scene.quota) throw quotaExceeded(ours.length, world.scene.quota)
  const volumeType = String(body['volume_type'] ?? 'lssd')
  const engine = String(body['engine'])
  const backing = await backings.of(engine)
  const instance = addInstance(world, {
    region,
    port: backing.port,
    databases: firstDatabases(engine),
    name: String(body['name']),
    engine,
    userName: String(body['user_name']),
    tags: (body['tags'] ?? []) as string[],
    nodeType,
    volumeType,
    volumeSize: volumeType === 'lssd' ? LOCAL_BYTES : Number(body['volume_size']),
    highAvailability: body['is_ha_cluster'] === true
  })
  await backing.setAdmin(instance.userName, String(body['password']), world.scene.plainAdmin)
  return { status: 200, body: render(world, instance) }
}

async function getInstance({ world, backings, instance, asked }: OnInstance): Promise<Reply> {
  checkQuery(asked.url, [])
  instance.gets += 1
  if (!instance.isForeign && instance.gets <= world.scene.hiddenGets) throw notFound('instance', instance.id)
  const body = render(world, instance)
  await seen(world, backings, instance)
  return { status: 200, body }
}

function deleteInstance({ world, instance }: OnInstance): Reply {
  const status = statusOf(instance)
  if (!['ready', 'error', 'locked', 'disk_full', 'deleting'].includes(status)) {
    throw transientState(instance.id, status)
  }
  if (status !== 'deleting') enter(instance.states, 'deleting', GONE)
  return { status: 200, body: render(world, instance) }
}

function upgrade({ world, instance, asked }: OnInstance): Reply {
  const body = bodyOf(asked)
  checkUpgrade(body)
  const size = body['volume_size']
  const grows = typeof size === 'number'
  if (!(grows && statusOf(instance) === 'disk_full')) refuseTransient(instance)
  if (grows) growVolume(instance, size)
  if (typeof body['node_type'] === 'string') changeNodeType(world, instance, body['node_type'].toLowerCase())
  if (typeof body['volume_type'] === 'string') changeVolumeType(instance, body['volume_type'])
  if (body['enable_ha'] === true) instance.highAvailability = true
  enter(instance.states, 'initializing', 'ready')
  return { status: 200, body: render(world, instance) }
}

function growVolume(instance: FakeInstance, size: number): void {
  if (instance.volumeType === 'lssd') throw invalidArgument('volume_size', 'constraint', 'lssd has no size')
  if (size <= instance.volumeSize) throw invalidArgument('volume_size', 'constraint', 'can only grow')
  instance.volumeSize = size
}

function changeNodeType(world: World, instance: FakeInstance, nodeType: string): void {
  if (world.scene.outOfStock.includes(nodeType)) throw outOfStock(nodeType)
  if (nodeType === instance.nodeType) throw invalidArgument('node_type', 'constraint', 'is the present one')
  if (!NODE_TYPES[nodeType]?.includes(instance.volumeType)) {
    throw invalidArgument('node_type', 'constraint', 'does not take this volume type')
  }
  instance.nodeType = nodeType
}

function changeVolumeType(instance: FakeInstance, volumeType: string): void {
  if (!NODE_TYPES[instance.nodeType]?.includes(volumeType)) {
    throw invalidArgument('volume_type', 'constraint', 'is not available with this node type')
  }
  instance.volumeType = volumeType
}

async function certificate({ backings, instance }: OnInstance): Promise<Reply> {
  if (!isBorn(instance)) throw notFound('certificate', instance.id)
  const backing = await backings.of(instance.engine)
  const content = Buffer.from(backing.certificate).toString('base64')
  return { status: 200, body: { name: 'ssl_certificate', content_type: 'application/x-pem-file', content } }
}

function listRules({ instance, asked }: OnInstance): Reply {
  const { page, size } = checkPage(checkQuery(asked.url, ['page', 'page_size']))
  const rules = instance.rules.map(renderRule)
  return {
    status: 200,
    body: { rules: rules.slice((page - 1) * size, page * size), total_count: rules.length }
  }
}

function replaceRules({ world, instance, asked }: OnInstance): Reply {
  const rules = checkRules(bodyOf(asked))
  refuseTransient(instance)
  if (world.scene.tupleConflicts > 0) {
    world.scene.tupleConflicts -= 1
    throw tupleConflict()
  }
  if (!world.scene.forgetsRules) instance.rules = rules
  enter(instance.states, 'configuring', 'ready')
  return { status: 200, body: { rules: rules.map(renderRule) } }
}

function renderRule({ ip, description }: { ip: string; description: string }): JsonObject {
  return { ip, port: null, protocol: 'tcp', direction: 'inbound', action: 'allow', description }
}

function listDatabases({ instance, asked }: OnInstance): Reply {
  const known = ['name', 'owner', 'managed', 'skip_size_retrieval', 'page', 'page_size']
  const query = checkQuery(asked.url, known)
  const { page, size } = checkPage(query)
  const names = instance.databases.filter(
    (name) => query['name'] === undefined || name.includes(query['name'])
  )
  const databases = names.slice((page - 1) * size, page * size).map(renderDatabase)
  return { status: 200, body: { databases, total_count: names.length } }
}

async function createDatabase({ backings, instance, asked }: OnInstance): Promise<Reply> {
  const name = checkDatabase(bodyOf(asked))
  refuseTransient(instance)
  if (instance.databases.includes(name)) throw alreadyExists('database', name)
  instance.databases.push(name)
  await (await backings.of(instance.engine)).addDatabase(name, instance.userName)
  return { status: 200, body: renderDatabase(name) }
}

function renderDatabase(name: string): JsonObject {
  return { name, owner: '', managed: true, size: 0 }
}

function listNodeTypes(world: World, region: string, asked: Asked): Reply {
  const query = checkQuery(asked.url, ['include_disabled_types', 'page', 'page_size'])
  const { page, size } = checkPage(query)
  const types = Object.entries(NODE_TYPES).map(([name, volumes]) => ({
    name: name.toUpperCase(),
    stock_status: world.scene.outOfStock.includes(name) ? 'out_of_stock' : 'available',
    description: '',
    vcpus: 2,
    memory: 2_147_483_648,
    disabled: false,
    beta: false,
    available_volume_types: volumes.map((type) => ({ type })),
    is_ha_required: false,
    generation: 'generation_v1',
    region
  }))
  return {
    status: 200,
    body: { node_types: types.slice((page - 1) * size, page * size), total_count: types.length }
  }
}

function checkProject(world: World, projectId: string, action: string): void {
  if (projectId !== world.projectId) throw deniedPermission('relational_databases', action)
}
