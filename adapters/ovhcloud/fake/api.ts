import type { JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { enter, GONE } from '../../../test/support/fake/states.ts'
import { onBuckets } from './buckets.ts'
import {
  checkChange,
  checkDisk,
  checkNew,
  checkRules,
  knownAt,
  objectAt,
  smallest,
  textAt
} from './checks.ts'
import { onServiceDatabases } from './databases.ts'
import { availability, ENGINES, type Engine, FLAVORS, isEngine, PLANS } from './offers.ts'
import {
  conflict,
  invalidParameter,
  noOffer,
  noSuchProject,
  notFound,
  noUpdate,
  quotaExceeded,
  unknownUrl
} from './problems.ts'
import { onProjectUsers } from './project-users.ts'
import { bodyOf, type Call, failSometimes, type OnService, ok, refuseBusy } from './reply.ts'
import type { FakeService } from './resources.ts'
import { onUsers } from './users.ts'
import {
  addService,
  isBorn,
  isListed,
  lookAt,
  removeFromWorld,
  render,
  statusOf,
  type World
} from './world.ts'

const PROJECT = /^\/cloud\/project\/([^/]+)\/(.+)$/
const USERS = /^user(?:\/(.+))?$/
const BUCKETS = /^region\/([^/]+)\/storage(?:\/([^/]+))?$/
const DATABASES = /^database\/([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/

/** The part of OVHcloud's API that the adapter uses; everything else is not there. */
export async function answer(world: World, call: Call): Promise<Reply> {
  const [, project, path = ''] = PROJECT.exec(call.path) ?? []
  if (project === undefined) throw unknownUrl()
  if (project !== world.project) throw noSuchProject()
  const [, region, bucket = ''] = BUCKETS.exec(path) ?? []
  refuseQuery(call, bucket === '' ? [] : ['limit'])
  if (region !== undefined) return onBuckets(world, call, region, bucket)
  const users = USERS.exec(path)
  return users ? onProjectUsers(world, call, users[1] ?? '') : onDatabases(world, call, path)
}

function refuseQuery({ query }: Call, known: readonly string[]): void {
  const unknown = [...query.keys()].some((key) => !known.includes(key))
  if (unknown) throw invalidParameter('Received not described parameters')
}

async function onDatabases(world: World, call: Call, path: string): Promise<Reply> {
  const [, engine, id, part] = DATABASES.exec(path) ?? []
  if (engine === undefined) throw unknownUrl()
  if (engine === 'availability') return onAvailability(world, call, id)
  if (!isEngine(engine)) throw notFound('EngineNameNotFound')
  if (id === undefined) return onServices(world, engine, call)
  const service = world.services.get(id)
  if (service?.engine !== engine) throw notFound('ServiceNotFound', 'Service does not exist')
  return onService({ world, service, call, part: part ?? '' })
}

function onAvailability(world: World, call: Call, more: string | undefined): Reply {
  if (call.method !== 'GET' || more !== undefined) throw unknownUrl()
  return ok(availability(world.scene.soldOut))
}

function onServices(world: World, engine: Engine, call: Call): Promise<Reply> | Reply {
  if (call.method === 'GET') return list(world, engine)
  if (call.method === 'POST') return create(world, engine, bodyOf(call))
  throw unknownUrl()
}

function list(world: World, engine: Engine): Reply {
  const all = [...world.services.values()].filter((each) => each.engine === engine)
  for (const each of all) each.listsSince += 1
  return ok(all.filter((each) => isListed(world, each)).map(({ id }) => id))
}

async function create(world: World, engine: Engine, body: JsonObject): Promise<Reply> {
  const wanted = checkNew(engine, body, world.scene.soldOut)
  const ours = [...world.services.values()].filter((each) => !each.isForeign)
  if (ours.length >= world.scene.quota) throw quotaExceeded('database services')
  const kept = world.scene.forgetsNetworks ? { ...wanted, network: undefined } : wanted
  const service = await addService(world, kept)
  failSometimes(world)
  return ok(render(service))
}

function onService(on: OnService): Promise<Reply> | Reply {
  const { call, part } = on
  switch (`${call.method} ${part}`) {
    case 'GET ':
      return show(on)
    case 'PUT ':
      return change(on)
    case 'DELETE ':
      return remove(on)
    case 'GET certificates':
      return certificates(on)
    default:
      return part.split('/')[0] === 'database' ? onServiceDatabases(on) : onUsers(on)
  }
}

async function show({ world, service }: OnService): Promise<Reply> {
  service.gets += 1
  if (!service.isForeign && service.gets <= world.scene.hiddenGets) {
    throw notFound('ServiceNotFound', 'Service does not exist')
  }
  const body = render(service)
  lookAt(world, service)
  if (statusOf(service) === GONE) await removeFromWorld(world, service)
  return ok(body)
}

const CHANGES: Readonly<Record<string, (service: FakeService, body: JsonObject, world: World) => void>> = {
  description: (service, body) => {
    service.description = differs(textAt(body, 'description'), service.description)
  },
  plan: (service, body) => {
    const plan = differs(knownAt(body, 'plan', Object.keys(PLANS), 'PlanNotFound'), service.plan)
    const nodes = PLANS[plan] ?? 1
    if (nodes < service.nodes) throw notFound('PlanInvalidUpgrade')
    Object.assign(service, { plan, nodes })
  },
  flavor: (service, body, world) => {
    const all = Object.keys(FLAVORS)
    const flavor = differs(knownAt(body, 'flavor', all, 'FlavorNameNotFound'), service.flavor)
    if (world.scene.soldOut.includes(flavor) || all.indexOf(flavor) < all.indexOf(service.flavor))
      throw noOffer()
    Object.assign(service, { flavor, diskGb: Math.max(service.diskGb, smallest(flavor)) })
  },
  version: (service, body) => {
    const version = differs(
      knownAt(body, 'version', ENGINES[service.engine].versions, 'VersionNotFound'),
      service.version
    )
    if (Number(version) < Number(service.version)) throw noOffer()
    service.version = version
  },
  disk: (service, body) => {
    const size = checkDisk(objectAt(body, 'disk'), service.flavor)
    if (size < service.diskGb) throw noOffer()
    service.diskGb = differs(size, service.diskGb)
  },
  ipRestrictions: (service, body, world) => {
    const rules = checkRules(body['ipRestrictions'])
    differs(JSON.stringify(rules), JSON.stringify(service.rules))
    if (!world.scene.forgetsRules) service.rules = rules
  },
  deletionProtection: (service, body) => {
    service.deletionProtection = differs(body['deletionProtection'] === true, service.deletionProtection)
  }
}

function differs<T>(wanted: T, present: T): T {
  if (wanted === present) throw noUpdate()
  return wanted
}

function change({ world, service, call }: OnService): Reply {
  const body = bodyOf(call)
  const key = checkChange(body)
  refuseBusy(service)
  CHANGES[key]?.(service, body, world)
  enter(service.states, 'UPDATING', 'READY')
  return ok(render(service))
}

function remove({ service }: OnService): Reply {
  const status = statusOf(service)
  if (service.deletionProtection) throw conflict('ServiceLocked', 'Deletion protection is enabled')
  if (!['READY', 'ERROR', 'LOCKED', 'SHELVED', 'DELETING'].includes(status)) {
    throw conflict('ServiceNotReady', 'Service is not ready')
  }
  if (status !== 'DELETING') enter(service.states, 'DELETING', GONE)
  return ok(null)
}

function certificates({ service }: OnService): Reply {
  if (!isBorn(service) || !service.stand) throw notFound('SslCertificateNotFound')
  return ok({ ca: service.stand.certificate })
}
