import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { enter, GONE, look, stateOf, statesOf } from '../../../test/support/fake/states.ts'
import { refuseUnknown, textAt } from './checks.ts'
import { newKey } from './object-store.ts'
import { badRequest, notFound, quotaExceeded, storageNotFound, unknownUrl } from './problems.ts'
import { bodyOf, type Call, failSometimes, ok } from './reply.ts'
import type { ProjectUser } from './resources.ts'
import { readPolicy } from './user-policy.ts'
import { isListed, storeOf, type World } from './world.ts'

const LIMIT = 1000
const ROLES: readonly string[] = ['objectstore_operator', 'administrator']

/** `/cloud/project/{p}/user` and what is below. */
export async function onProjectUsers(world: World, call: Call, part: string): Promise<Reply> {
  const [id, ...rest] = part === '' ? [] : part.split('/')
  if (id === undefined) {
    if (call.method === 'GET') return list(world)
    if (call.method === 'POST') return create(world, bodyOf(call))
    throw unknownUrl()
  }
  const user = world.projectUsers.get(Number(id))
  if (user === undefined) throw notFound('UserNotFound')
  return onUser(world, call, user, rest)
}

async function onUser(world: World, call: Call, user: ProjectUser, rest: readonly string[]): Promise<Reply> {
  const [what, key, more, ...none] = rest
  if (none.length > 0) throw unknownUrl()
  if (what === 's3Credentials') return onKeys({ world, user, method: call.method, key, more })
  if (key !== undefined) throw unknownUrl()
  switch (`${call.method} ${what ?? ''}`) {
    case 'DELETE ':
      return remove(user)
    case 'POST policy':
      return setPolicy(world, user, bodyOf(call))
    case 'GET policy':
      return ok({ policy: user.policy })
    default:
      throw unknownUrl()
  }
}

interface OnKeys {
  readonly world: World
  readonly user: ProjectUser
  readonly method: string
  readonly key: string | undefined
  /** What stands behind the key. */
  readonly more: string | undefined
}

async function onKeys({ world, user, method, key, more }: OnKeys): Promise<Reply> {
  const userId = username(user)
  if (key === undefined) {
    if (method === 'POST') return addKeys(world, user)
    if (method !== 'GET') throw unknownUrl()
    return ok([...user.keys.keys()].map((access) => ({ access, tenantId: world.project, userId })))
  }
  const secret = secretOf(user, key)
  if (method === 'DELETE' && more === undefined) return removeKeys(world, user, key)
  if (method === 'POST' && more === 'secret') return ok({ secret })
  throw unknownUrl()
}

async function list(world: World): Promise<Reply> {
  const listed: JsonObject[] = []
  for (const user of world.projectUsers.values()) {
    user.listsSince += 1
    if (!isListed(world, user)) continue
    listed.push(render(user))
    look(user.states, world.scene.looks)
    if (stateOf(user.states) === GONE) await forget(world, user)
  }
  return ok(listed)
}

async function create(world: World, body: JsonObject): Promise<Reply> {
  refuseUnknown(body, ['description', 'role', 'roles'])
  const description = textAt(body, 'description')
  if (!ROLES.includes(textAt(body, 'role'))) throw notFound('RoleNotFound')
  if (world.projectUsers.size >= LIMIT) throw quotaExceeded('users')
  const user = await addProjectUser(world, description)
  failSometimes(world)
  return ok({ ...render(user), password: randomBytes(16).toString('hex') })
}

export async function addProjectUser(
  world: World,
  description: string,
  isForeign = false
): Promise<ProjectUser> {
  world.lastUser += 1
  const user: ProjectUser = {
    id: world.lastUser,
    createdAt: new Date(world.clock.now()),
    isForeign,
    states: isForeign ? statesOf('ok') : statesOf('creating', 'ok'),
    keys: new Map(),
    lateKeys: new Set(),
    inStore: await storeOf(world).addUser(),
    description,
    policy: '',
    listsSince: 0
  }
  world.projectUsers.set(user.id, user)
  return user
}

/** Its keys work until it is gone: nothing says when they end. */
function remove(user: ProjectUser): Reply {
  if (stateOf(user.states) === 'creating') throw badRequest('', 'User is not ready')
  if (stateOf(user.states) !== 'deleting') enter(user.states, 'deleting', GONE)
  return ok(null)
}

/** What it owns stays, without an owner that anybody knows. */
export async function forget(world: World, user: ProjectUser): Promise<void> {
  world.projectUsers.delete(user.id)
  for (const access of user.keys.keys()) await storeOf(world).removeKey(user.inStore, access)
  const isOwner = [...world.buckets.values()].some(({ owner }) => owner === user)
  if (!isOwner) await storeOf(world).removeUser(user.inStore)
}

async function setPolicy(world: World, user: ProjectUser, body: JsonObject): Promise<Reply> {
  refuseUnknown(body, ['policy'])
  refuseUnready(user)
  refuseUnheard(world, user)
  const policy = readPolicy(body['policy'])
  await storeOf(world).setPolicy(user.inStore, policy)
  user.policy = textAt(body, 'policy')
  return ok(null)
}

async function addKeys(world: World, user: ProjectUser): Promise<Reply> {
  refuseUnready(user)
  refuseUnheard(world, user)
  const key = newKey()
  const { accessKeyId: access, secretAccessKey: secret } = key
  user.keys.set(access, secret)
  if (world.scene.lateKeys) user.lateKeys.add(access)
  else await storeOf(world).addKey(user.inStore, key)
  failSometimes(world)
  return ok({ access, secret, tenantId: world.project, userId: username(user) })
}

/** The object storage hears of every key that it has not heard of. */
export async function admitKeys(world: World): Promise<void> {
  for (const user of world.projectUsers.values()) {
    for (const access of user.lateKeys) {
      const key = { accessKeyId: access, secretAccessKey: secretOf(user, access) }
      await storeOf(world).addKey(user.inStore, key)
    }
    user.lateKeys.clear()
  }
}

export async function removeKeys(world: World, user: ProjectUser, access: string): Promise<Reply> {
  user.keys.delete(access)
  user.lateKeys.delete(access)
  await storeOf(world).removeKey(user.inStore, access)
  return ok(null)
}

function secretOf(user: ProjectUser, access: string): string {
  const secret = user.keys.get(access)
  if (secret === undefined) throw storageNotFound('user credentials')
  return secret
}

function refuseUnready({ states }: ProjectUser): void {
  if (stateOf(states) !== 'ok') throw badRequest('', 'User is not ready')
}

export function refuseUnheard({ scene }: World, { id }: ProjectUser): void {
  if (scene.unheardUsers <= 0) return
  scene.unheardUsers -= 1
  throw storageNotFound(`user ${id}`)
}

function username({ id }: ProjectUser): string {
  return `user-${id.toString(36)}`
}

function render(user: ProjectUser): JsonObject {
  return {
    id: user.id,
    username: username(user),
    status: stateOf(user.states),
    description: user.description,
    roles: [{ id: '1', name: 'objectstore_operator', description: 'ObjectStore operator', permissions: [] }],
    openstackId: username(user),
    creationDate: user.createdAt.toISOString()
  }
}
