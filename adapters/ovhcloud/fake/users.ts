import { randomBytes, randomUUID } from 'node:crypto'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { enter, GONE, look, stateOf, statesOf } from '../../../test/support/fake/states.ts'
import { refuseUnknown, textAt } from './checks.ts'
import { ENGINES } from './offers.ts'
import { badRequest, conflict, invalidParameter, notFound, unknownUrl } from './problems.ts'
import { bodyOf, failSometimes, type OnService, ok, refuseBusy } from './reply.ts'
import { type FakeUser, isBorn, setPassword } from './world.ts'

/** `/user` below a service. Only Valkey's are made here: those of the others are made by SQL. */
export function onUsers(on: OnService): Promise<Reply> | Reply {
  const { call, part, service } = on
  const [user, id, ...rest] = part.split('/')
  if (user !== 'user') throw unknownUrl()
  if (id === undefined) {
    if (call.method === 'GET') return ok(isBorn(service) ? [service.userId, ...service.users.keys()] : [])
    if (call.method === 'POST' && service.engine === 'valkey') return create(on)
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
    if (stateOf(user.states) !== 'DELETING') enter(user.states, 'DELETING', GONE)
    await service.stand?.users?.remove(user.name)
    return ok(null)
  }
  if (what !== 'POST credentials/reset') throw unknownUrl()
  refuseBusy(service)
  if (stateOf(user.states) !== 'READY') throw conflict('ServiceNotReady', 'User is not ready')
  const password = newPassword()
  await service.stand?.users?.setPassword(user.name, password)
  failSometimes(world)
  return ok({ ...render(user), password })
}

async function showUser({ world, service }: OnService, user: FakeUser): Promise<Reply> {
  const shown = render(user)
  look(user.states, world.scene.looks)
  const now = stateOf(user.states)
  if (now === 'READY' && shown['status'] !== 'READY') await service.stand?.users?.admit(user.name)
  if (now === GONE) service.users.delete(user.id)
  return ok(shown)
}

async function create({ world, service, call }: OnService): Promise<Reply> {
  const body = bodyOf(call)
  refuseUnknown(body, ['name', 'categories', 'commands', 'keys', 'channels'])
  const name = textAt(body, 'name')
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(name)) {
    throw badRequest('UserInvalidNameFormat', 'Invalid name format')
  }
  refuseBusy(service)
  const names = [...service.users.values()].map((each) => each.name)
  if (name === 'default' || names.includes(name)) {
    throw conflict('RedisUserAlreadyExist', 'User already exists')
  }
  const rules = [
    ...patternsAt(body, 'keys').map((pattern) => `~${pattern}`),
    ...patternsAt(body, 'channels').map((pattern) => `&${pattern}`),
    ...rulesAt(body, 'categories', /^[+-]@[a-z]+$/),
    ...rulesAt(body, 'commands', /^[+-][a-z][a-z_|]*$/)
  ]
  const password = newPassword()
  await service.stand?.users?.add(name, password, rules)
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
