import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { checkPage, checkQuery } from './checks.ts'
import { checkApiKey, checkApplication, checkIamPolicy } from './iam-checks.ts'
import {
  type FakeApiKey,
  type FakeApplication,
  type FakeIamPolicy,
  newAccessKey,
  removeApplication
} from './iam-world.ts'
import { deniedPermission, invalidArgument, notFound, quotaExceeded } from './problems.ts'
import type { Asked } from './reply.ts'
import { isListed, microseconds, type World } from './world.ts'

const ROUTE = /^\/iam\/v1alpha1\/(applications|policies|api-keys)(?:\/([^/]+))?$/

/** IAM, as far as the adapter uses it. It is slow to know of what is new, and tells a secret once. */
export function iamApi(world: World, asked: Asked): Reply {
  const [, collection, id] = ROUTE.exec(asked.url.pathname) ?? []
  const kind = KINDS.find(({ path }) => path === collection)
  if (kind === undefined) throw notFound('route', asked.url.pathname)
  if (world.scene.noIam) throw deniedPermission(kind.resource, asked.method === 'GET' ? 'read' : 'write')
  const handler = kind.handlers[`${asked.method} ${id === undefined ? '' : 'id'}`.trim()]
  if (handler === undefined) throw notFound('route', asked.url.pathname)
  return handler(world, asked, decodeURIComponent(id ?? ''))
}

type Handler = (world: World, asked: Asked, id: string) => Reply

interface Kind {
  readonly path: string
  readonly resource: string
  readonly handlers: Readonly<Record<string, Handler>>
}

const KINDS: readonly Kind[] = [
  {
    path: 'applications',
    resource: 'application',
    handlers: {
      GET: listApplications,
      POST: createApplication,
      'GET id': (world, _asked, id) => told(renderApplication(world, known(world, 'application', id))),
      'DELETE id': deleteApplication
    }
  },
  {
    path: 'policies',
    resource: 'policy',
    handlers: {
      GET: listPolicies,
      POST: createPolicy,
      'GET id': (world, _asked, id) => told(renderPolicy(world, known(world, 'policy', id))),
      'DELETE id': (world, _asked, id) => {
        world.iam.policies.delete(known(world, 'policy', id).id)
        return { status: 204 }
      }
    }
  },
  {
    path: 'api-keys',
    resource: 'api_key',
    handlers: {
      GET: listKeys,
      POST: createKey,
      'GET id': (world, _asked, id) => told(renderKey(known(world, 'api_key', id))),
      'DELETE id': (world, _asked, id) => {
        world.iam.keys.delete(known(world, 'api_key', id).id)
        return { status: 204 }
      }
    }
  }
]

interface Things {
  readonly application: FakeApplication
  readonly policy: FakeIamPolicy
  readonly api_key: FakeApiKey
}

function known<K extends keyof Things>({ iam }: World, resource: K, id: string): Things[K] {
  const maps = { application: iam.applications, policy: iam.policies, api_key: iam.keys }
  const thing = maps[resource].get(id) as Things[K] | undefined
  if (thing === undefined) throw notFound(resource === 'api_key' ? 'access_key' : resource, id)
  return thing
}

function listApplications(world: World, asked: Asked): Reply {
  const query = queryOf(world, asked, ['name', 'tag'])
  const found = listed(world, world.iam.applications)
    .filter(({ name }) => name.includes(query['name'] ?? ''))
    .filter(({ tags }) => hasTag(tags, query['tag']))
  return page(world, query, 'applications', found, (each) => renderApplication(world, each))
}

function listPolicies(world: World, asked: Asked): Reply {
  const query = queryOf(world, asked, ['policy_name', 'tag'])
  const found = listed(world, world.iam.policies)
    .filter(({ name }) => name.includes(query['policy_name'] ?? ''))
    .filter(({ tags }) => hasTag(tags, query['tag']))
  return page(world, query, 'policies', found, (each) => renderPolicy(world, each))
}

function listKeys(world: World, asked: Asked): Reply {
  const query = queryOf(world, asked, ['bearer_id'])
  const bearer = query['bearer_id']
  const found = listed(world, world.iam.keys).filter(
    ({ application }) => bearer === undefined || application === bearer
  )
  return page(world, query, 'api_keys', found, renderKey)
}

/** "containing a given string": a part of a tag is found too. */
function hasTag(tags: readonly string[], wanted: string | undefined): boolean {
  return wanted === undefined || tags.some((tag) => tag.includes(wanted))
}

function listed<T extends Things[keyof Things]>(world: World, things: ReadonlyMap<string, T>): readonly T[] {
  const all = [...things.values()]
  for (const each of all) each.listsSince += 1
  return all.filter((each) => isListed(world, each))
}

function queryOf(world: World, { url }: Asked, more: readonly string[]): Readonly<Record<string, string>> {
  const query = checkQuery(url, ['organization_id', 'page', 'page_size', 'order_by', ...more])
  checkOrganization(world, query['organization_id'])
  if (!['created_at_asc', undefined].includes(query['order_by']))
    throw invalidArgument('order_by', 'constraint')
  return query
}

function page<T>(
  world: World,
  query: Readonly<Record<string, string>>,
  key: string,
  found: readonly T[],
  render: (item: T) => JsonObject
): Reply {
  const { page: number, size } = checkPage(query, world.scene.pageSize)
  const shown = found.slice((number - 1) * size, number * size)
  return told({ [key]: shown.map(render), total_count: found.length })
}

function told(body: JsonObject): Reply {
  return { status: 200, body }
}

function createApplication(world: World, asked: Asked): Reply {
  const body = bodyOf(asked)
  checkApplication(body)
  checkOrganization(world, body['organization_id'])
  const { applications } = world.iam
  refuseOver(world, applications, 'IamApplications')
  const application: FakeApplication = {
    ...newThing(world, randomUUID()),
    name: String(body['name']),
    tags: [...((body['tags'] ?? []) as string[])],
    unknownFor: world.scene.strangers
  }
  applications.set(application.id, application)
  return told(renderApplication(world, application))
}

function deleteApplication(world: World, _asked: Asked, id: string): Reply {
  removeApplication(world.iam, known(world, 'application', id).id)
  return { status: 204 }
}

function createPolicy(world: World, asked: Asked): Reply {
  const body = bodyOf(asked)
  const { permissionSets, projectIds } = checkIamPolicy(body)
  checkOrganization(world, body['organization_id'])
  if (!projectIds.every((id) => id === world.projectId)) throw deniedPermission('project', 'read')
  const application = acquainted(world, String(body['application_id']))
  const { policies } = world.iam
  refuseOver(world, policies, 'IamPolicies')
  const policy: FakeIamPolicy = {
    ...newThing(world, randomUUID()),
    name: String(body['name']),
    tags: [...((body['tags'] ?? []) as string[])],
    permissionSets,
    projectIds,
    application: application.id
  }
  policies.set(policy.id, policy)
  // Its rules are counted a moment later.
  return told({ ...renderPolicy(world, policy), nb_rules: 0, nb_permission_sets: 0 })
}

function createKey(world: World, asked: Asked): Reply {
  const body = bodyOf(asked)
  checkApiKey(body)
  if (body['default_project_id'] !== world.projectId) throw deniedPermission('project', 'read')
  const application = acquainted(world, String(body['application_id']))
  const { keys } = world.iam
  refuseOver(world, keys, 'IamApiKeys')
  const key: FakeApiKey = {
    ...newThing(world, newAccessKey()),
    secretKey: randomUUID(),
    application: application.id,
    projectId: world.projectId,
    description: String(body['description'] ?? ''),
    lateFor: world.scene.lateKeys
  }
  keys.set(key.id, key)
  return told({ ...renderKey(key), secret_key: key.secretKey })
}

/** The application, once IAM has heard of it everywhere. */
function acquainted(world: World, id: string): FakeApplication {
  const application = known(world, 'application', id)
  if (application.unknownFor === 0) return application
  application.unknownFor -= 1
  throw notFound('application', id)
}

function newThing(world: World, id: string) {
  return { id, createdAt: new Date(world.clock.now()), isForeign: false, listsSince: 0 }
}

function refuseOver(world: World, things: ReadonlyMap<string, Things[keyof Things]>, resource: string): void {
  const count = [...things.values()].filter(({ isForeign }) => !isForeign).length
  if (count >= world.scene.iamQuota) throw quotaExceeded(count, world.scene.iamQuota, resource)
}

function checkOrganization({ iam }: World, id: unknown): void {
  if (id === undefined) throw invalidArgument('organization_id', 'required')
  if (id !== iam.organizationId) throw deniedPermission('organization', 'read')
}

function renderApplication({ iam }: World, { id, name, tags, createdAt }: FakeApplication): JsonObject {
  return {
    id,
    name,
    description: '',
    created_at: microseconds(createdAt),
    updated_at: microseconds(createdAt),
    organization_id: iam.organizationId,
    editable: true,
    deletable: true,
    managed: false,
    nb_api_keys: [...iam.keys.values()].filter(({ application }) => application === id).length,
    tags
  }
}

function renderPolicy({ iam }: World, policy: FakeIamPolicy): JsonObject {
  const { id, name, tags, createdAt, application, permissionSets } = policy
  return {
    id,
    name,
    description: '',
    organization_id: iam.organizationId,
    created_at: microseconds(createdAt),
    updated_at: microseconds(createdAt),
    editable: true,
    deletable: true,
    managed: false,
    nb_rules: 1,
    nb_scopes: 1,
    nb_permission_sets: permissionSets.length,
    tags,
    ...(application === undefined ? { no_principal: true } : { application_id: application })
  }
}

function renderKey({ id, application, description, createdAt, projectId }: FakeApiKey): JsonObject {
  return {
    access_key: id,
    secret_key: null,
    application_id: application,
    description,
    created_at: microseconds(createdAt),
    updated_at: microseconds(createdAt),
    expires_at: null,
    default_project_id: projectId,
    editable: true,
    deletable: true,
    managed: false,
    creation_ip: '192.0.2.1'
  }
}

function bodyOf(asked: Asked): JsonObject {
  if (asked.body === undefined) throw invalidArgument('body', 'required')
  return asked.body
}
