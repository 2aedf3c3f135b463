import type { JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { checkNewPassword, checkPage, checkPrivilege, checkQuery, checkUser } from './checks.ts'
import { alreadyExists, cannotBeDropped, noSuchUserYet, notFound, tupleConflict } from './problems.ts'
import { bodyOf, type OnInstance, refuseTransient } from './reply.ts'

const HANDLERS: Readonly<Record<string, (on: OnInstance, name: string) => Promise<Reply> | Reply>> = {
  'GET users': list,
  'POST users': create,
  'PATCH users/': setPassword,
  'DELETE users/': remove,
  'PUT privileges': setPrivilege
}

/** `/users` and `/privileges` below an instance. */
export async function onUsers(on: OnInstance): Promise<Reply> {
  const { asked, part, item } = on
  const handler = HANDLERS[`${asked.method} ${part}${item === undefined ? '' : '/'}`]
  if (!handler) throw notFound('route', asked.url.pathname)
  if (asked.method !== 'GET') refuseTransient(on.instance)
  return handler(on, decodeURIComponent(item ?? ''))
}

function list({ instance, asked }: OnInstance): Reply {
  const query = checkQuery(asked.url, ['name', 'page', 'page_size'])
  const { page, size } = checkPage(query)
  const found = [instance.userName, ...instance.users].filter((name) => name.includes(query['name'] ?? ''))
  const users = found
    .slice((page - 1) * size, page * size)
    .map((name) => render(name, name === instance.userName))
  return { status: 200, body: { users, total_count: found.length } }
}

async function create({ instance, backings, asked }: OnInstance): Promise<Reply> {
  const { name, password } = checkUser(bodyOf(asked))
  if (name === instance.userName || instance.users.has(name)) throw alreadyExists('user', name)
  await (await backings.of(instance.engine)).logins.add(name, password)
  instance.users.add(name)
  return { status: 200, body: render(name, false) }
}

async function setPassword({ world, instance, backings, asked }: OnInstance, name: string): Promise<Reply> {
  const password = checkNewPassword(bodyOf(asked))
  const backing = await backings.of(instance.engine)
  if (name === instance.userName) {
    await backing.setAdmin(name, password, world.scene.plainAdmin)
    return { status: 200, body: render(name, true) }
  }
  if (!instance.users.has(name)) throw notFound('user', name)
  await backing.logins.setPassword(name, password)
  return { status: 200, body: render(name, false) }
}

async function remove({ instance, backings }: OnInstance, name: string): Promise<Reply> {
  if (!instance.users.has(name)) throw notFound('user', name)
  if (!(await (await backings.of(instance.engine)).logins.drop(name))) throw cannotBeDropped()
  instance.users.delete(name)
  return { status: 204 }
}

async function setPrivilege({ world, instance, backings, asked }: OnInstance): Promise<Reply> {
  const body = bodyOf(asked)
  const { user, database, permission } = checkPrivilege(body)
  if (!instance.databases.includes(database)) throw notFound('database', database)
  if (!instance.users.has(user)) throw notFound('user', user)
  if (world.scene.lateUsers > 0) {
    world.scene.lateUsers -= 1
    throw noSuchUserYet()
  }
  if (world.scene.tupleConflicts > 0) {
    world.scene.tupleConflicts -= 1
    throw tupleConflict()
  }
  await (await backings.of(instance.engine)).logins.allow(user, database, permission)
  return { status: 200, body }
}

function render(name: string, isAdmin: boolean): JsonObject {
  return { name, is_admin: isAdmin }
}
