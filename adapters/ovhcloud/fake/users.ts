import { randomBytes, randomUUID } from 'node:crypto'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { enter, GONE, look, stateOf, statesOf } from '../../../test/support/fake/states.ts'
import { refuseUnknown, textAt } from './checks.ts'
import { ENGINES, type Engine } from './offers.ts'
import { badRequest, conflict, invalidParameter, notFound, unknownUrl } from './problems.ts'
import { bodyOf, failSometimes, type OnService, ok, refuseBusy } from './reply.ts'
import type { FakeUser } from './resources.ts'
import { isBorn, setPassword } from './world.ts'

const FIELDS: Readonly<Record<Engine, readonly string[]>> = {
  postgresql: ['name', 'roles'],
  mysql: ['name'],
  valkey: ['name', 'categories', 'commands', 'keys', 'channels']
}

const EXISTS: Readonly<Record<Engine, string>> = {
  postgresql: 'PostgresUserAlreadyExist',
  mysql: 'MysqlUserAlreadyExist',
  valkey: 'RedisUserAlreadyExist'
}

/** `/user` below a service. An administrator of PostgreSQL or MySQL makes users by SQL too, who are not listed here. */
export function onUsers(on: OnService): Promise<Reply> | Reply {
  const { call, part, service } = on
  const [user, id, ...rest] = part.split('/')
  if (user !== 'user') throw unknownUrl()
  if (id === undefined) {
    if (call.method === 'GET') return ok(isBorn(service) ? [service.userId, ...service.users.keys()] : [])
    if (call.method === 'POST') return create(on)
    throw unknownUrl()
  }
  const what = `${call.method} ${rest.join('/')}`
  if (id === service.userId) return onBornWith(on, what)
  const found = service.users.get(id)
  if (!found) throw notFound('UserNotFound')
  return onUser(on, found, what)
}

async function onBornWith({ world, service }: OnService, what: string): Promise<Reply> {
  const { userId: id, createdAt } = service
  const shown = { id, username: ENGINES[service.engine].admin, createdAt: createdAt.toISOString() }
  if (what === 'GET ') return ok({ ...shown, status: 'READY' })
  if (what === 'DELETE ') throw badRequest('', 'This user cannot be deleted')
  if (what !== 'POST credentials/reset') throw unknownUrl()
  refuseBusy(service)
  const password = newPassword()
  await setPassword(world, service, password)
  service.passwordFrom = world.clock.now() + world.scene.latePasswords * 1000
  failSometimes(world)
  return ok({ ...shown, status: 'PENDING', password })
}

async function onUser(on: OnService, user: FakeUser, what: string): Promise<Reply> {
  const { world, service } = on
  if (what === 'GET ') return showUser(on, user)
  if (what === 'DELETE ') {
    if ((await service.stand?.users.remove(user.name)) === false) {
      throw badRequest('', 'User cannot be dropped because some objects depend on it')
    }
    if (stateOf(user.states) !== 'DELETING') enter(user.states, 'DELETING', GONE)
    return ok(null)
  }
  if (what !== 'POST credentials/reset') throw unknownUrl()
  refuseBusy(service)
  if (stateOf(user.states) !== 'READY') throw conflict('ServiceNotReady', 'User is not ready')
  const password = newPassword()
  await service.stand?.users.setPassword(user.name, password)
  failSometimes(world)
  return ok({ ...render(user), password })
}

async function showUser({ world, service }: OnService, user: FakeUser): Promise<Reply> {
  const shown = render(user)
  look(user.states, world.scene.looks)
  const now = stateOf(user.states)
  if (now === 'READY' && shown['status'] !== 'READY') await service.stand?.users.admit(user.name)
  if (now === GONE) service.users.delete(user.id)
  return ok(shown)
}

async function create({ world, service, call }: OnService): Promise<Reply> {
  const body = bodyOf(call)
  refuseUnknown(body, FIELDS[service.engine])
  const name = textAt(body, 'name')
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(name)) {
    throw badRequest('UserInvalidNameFormat', 'Invalid name format')
  }
  refuseBusy(service)
  const names = [...service.users.values()].map((each) => each.name)
  if (name === ENGINES[service.engine].admin || names.includes(name)) {
    throw conflict(EXISTS[service.engine], 'User already exists')
  }
  const rules = service.engine === 'valkey' ? valkeyRules(body) : noRoles(body)
  const password = newPassword()
  await service.stand?.users.add(name, password, rules)
  const user: FakeUser = {
    id: randomUUID(),
    name,
    createdAt: new Date(world.clock.now()),
    states: statesOf('PENDING', 'READY')
  }
  service.users.set(user.id, user)
  failSometimes(world)
  return ok({ ...render(user), password })
}

function valkeyRules(body: JsonObject): readonly string[] {
  return [
    ...patternsAt(body, 'keys').map((pattern) => `~${pattern}`),
    ...patternsAt(body, 'channels').map((pattern) => `&${pattern}`),
    ...rulesAt(body, 'categories', /^[+-]@[a-z]+$/),
    ...rulesAt(body, 'commands', /^[+-][a-z][a-z_|]*$/)
  ]
}

/** The only role that there is lets replicate, and nobody here wants that. */
function noRoles({ roles = [] }: JsonObject): readonly string[] {
  if (!Array.isArray(roles)) throw invalidParameter('Given data (roles) is not an array')
  if (roles.length > 0) throw notFound('RoleNotFound')
  return []
}

function render({ id, name, createdAt, states }: FakeUser): JsonObject {
  return { id, username: name, status: stateOf(states), createdAt: createdAt.toISOString() }
}

function patternsAt(body: JsonObject, key: string): readonly string[] {
  const value = body[key]
  if (!Array.isArray(value)) throw invalidParameter(`Given data (${key}) is not an array`)
  return (value as readonly Json[]).map((each) => {
    if (typeof each !== 'string') throw invalidParameter(`Given data (${key}) is not valid`)
    return each
  })
}

function rulesAt(body: JsonObject, key: string, form: RegExp): readonly string[] {
  const rules = patternsAt(body, key)
  const wrong = rules.find((rule) => !form.test(rule))
  if (wrong !== undefined) throw invalidParameter(`Given data (${key}) is not valid: ${wrong}`)
  return rules
}

function newPassword(): string {
  return `AVNS_${randomBytes(15).toString('base64url')}`
}
