import { randomUUID } from 'node:crypto'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { refuseUnknown, textAt } from './checks.ts'
import { badRequest, conflict, notFound, unknownUrl } from './problems.ts'
import { bodyOf, failSometimes, type OnService, ok, refuseBusy } from './reply.ts'
import { isBorn } from './world.ts'

/** `/database` below a service; what an administrator makes by SQL is not listed here. */
export function onServiceDatabases(on: OnService): Promise<Reply> | Reply {
  const { call, part, service } = on
  const [, id, ...rest] = part.split('/')
  if (service.stand?.addDatabase === undefined || rest.length > 0) throw unknownUrl()
  if (id !== undefined) return call.method === 'GET' ? show(on, id) : refuse()
  if (call.method === 'GET') return ok(isBorn(service) ? [service.id, ...service.databases.keys()] : [])
  return call.method === 'POST' ? create(on) : refuse()
}

/** The database that it is born with has the service's own id here. */
function show({ service }: OnService, id: string): Reply {
  if (id === service.id) return ok({ id, name: 'defaultdb', default: true })
  const found = service.databases.get(id)
  if (!found || found.hiddenGets-- > 0) throw notFound('', 'Database does not exist')
  return ok({ id, name: found.name, default: false })
}

async function create({ world, service, call }: OnService): Promise<Reply> {
  const body = bodyOf(call)
  refuseUnknown(body, ['name'])
  const name = textAt(body, 'name')
  if (!/^[a-z][a-z0-9_-]{0,62}$/i.test(name)) throw badRequest('', 'Invalid name format')
  refuseBusy(service)
  const names = [...service.databases.values()].map((each) => each.name)
  if (name === 'defaultdb' || names.includes(name)) throw conflict('', 'Database already exists')
  await service.stand?.addDatabase?.(name)
  const id = randomUUID()
  service.databases.set(id, { name, hiddenGets: world.scene.hiddenDatabases })
  failSometimes(world)
  return ok({ id, name, default: false })
}

function refuse(): never {
  throw unknownUrl()
}
