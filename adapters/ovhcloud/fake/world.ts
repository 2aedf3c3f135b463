import { randomBytes, randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { fakeClock } from '../../../test/support/fake/clock.ts'
import type { Ground } from '../../../test/support/fake/serve.ts'
import { look, stateOf, statesOf } from '../../../test/support/fake/states.ts'
import type { Store } from './object-store.ts'
import { ENGINES } from './offers.ts'
import type { FakeBucket, FakeService, ProjectUser, Wanted } from './resources.ts'
import { calm, type Scene } from './scene.ts'
import type { AllServers } from './servers.ts'
import type { Stand } from './stand.ts'

/** Everything there is at this OVHcloud. */
export interface World extends Ground<Scene> {
  readonly services: Map<string, FakeService>
  /** Tokens that were given out, and when they end. */
  readonly tokens: Map<string, number>
  readonly project: string
  readonly servers: AllServers
  readonly projectUsers: Map<number, ProjectUser>
  /** Of the last user of the project. */
  lastUser: number
  readonly buckets: Map<string, FakeBucket>
  /** Absent: this OVHcloud has no object storage. */
  readonly store?: Store
}

export function newWorld(project: string, servers: AllServers, store?: Store): World {
  return {
    scene: calm(),
    clock: fakeClock(),
    counters: new Map(),
    services: new Map(),
    tokens: new Map(),
    project,
    servers,
    projectUsers: new Map(),
    lastUser: 500_000,
    buckets: new Map(),
    ...(store ? { store } : {})
  }
}

export function storeOf({ store }: World): Store {
  if (store === undefined) throw new Error('the fake was started without --store')
  return store
}

export async function addService(world: World, wanted: Wanted, isForeign = false): Promise<FakeService> {
  const breaks = !isForeign && world.scene.halfCreated > 0
  if (breaks) world.scene.halfCreated -= 1
  const id = randomUUID()
  const stand = isForeign ? undefined : await world.servers[wanted.engine].take(id)
  const service: FakeService = {
    ...wanted,
    id,
    createdAt: new Date(world.clock.now()),
    isForeign,
    userId: randomUUID(),
    users: new Map(),
    databases: new Map(),
    deletionProtection: false,
    states: isForeign ? statesOf('READY') : statesOf('CREATING', 'PENDING', breaks ? 'ERROR' : 'READY'),
    gets: 0,
    listsSince: isForeign ? Number.MAX_SAFE_INTEGER : 0,
    passwordFrom: 0,
    ...(stand ? { stand } : {})
  }
  if (stand) await openService(world, service, stand)
  world.services.set(id, service)
  return service
}

/** Its address, and its administrator with a password that nobody knows. */
async function openService(world: World, service: FakeService, stand: Stand): Promise<void> {
  await setPassword(world, service, randomBytes(18).toString('hex'))
  service.front = await stand.open({
    isOpen: () => service.rules.length > 0,
    isPasswordThere: () => world.clock.now() >= service.passwordFrom
  })
}

export async function setPassword(world: World, { stand }: FakeService, password: string): Promise<void> {
  await stand?.setPassword(password, world.scene.plainAdmin)
}

export async function removeFromWorld(world: World, service: FakeService): Promise<void> {
  if (!world.services.delete(service.id)) return
  service.front?.close()
  await service.stand?.giveBack()
}

export function statusOf(service: FakeService): string {
  return stateOf(service.states)
}

/** It has been ready once, so it has an endpoint. */
export function isBorn({ states }: FakeService): boolean {
  return states.been.has('READY')
}

/** A look that saw the present state. */
export function lookAt(world: World, { states }: FakeService): void {
  look(states, world.scene.looks)
}

export function isListed(
  { clock, scene }: World,
  { createdAt, isForeign, listsSince }: Pick<FakeService, 'createdAt' | 'isForeign' | 'listsSince'>
): boolean {
  const age = (clock.now() - createdAt.getTime()) / 1000
  return isForeign || (listsSince > scene.hiddenLists && age >= scene.hiddenSeconds)
}

export function render(service: FakeService): JsonObject {
  const { engine, id, description, plan, version, flavor, nodes, region, diskGb } = service
  return {
    id,
    engine,
    status: statusOf(service),
    description,
    plan,
    version,
    flavor,
    nodeNumber: nodes,
    networkType: service.network ? 'private' : 'public',
    networkId: service.network?.networkId ?? null,
    subnetId: service.network?.subnetId ?? null,
    category: 'operational',
    createdAt: service.createdAt.toISOString(),
    disk: { size: diskGb, type: 'high-speed' },
    storage: { size: { unit: 'GB', value: diskGb }, type: 'high-speed' },
    endpoints: isBorn(service) ? [readEndpoint(service), endpoint(service)] : [],
    ipRestrictions: service.rules.map((rule) => ({
      ip: rule.ip,
      description: rule.description,
      status: 'READY'
    })),
    backups: { time: '03:00:00', regions: [region], retentionDays: 2, pitr: null },
    maintenanceTime: '04:00:00',
    deletionProtection: service.deletionProtection,
    enablePrometheus: false,
    capabilities: { users: { create: 'enabled', delete: 'enabled' } },
    nodes: Array.from({ length: nodes }, (_, at) => ({
      id: `${id.slice(0, -1)}${at}`,
      name: `node-${at}`,
      status: statusOf(service),
      port: service.front?.port ?? 0,
      flavor,
      region,
      createdAt: service.createdAt.toISOString()
    }))
  }
}

function endpoint({ engine, front }: FakeService): JsonObject {
  const port = front?.port ?? 0
  const { scheme, database } = ENGINES[engine]
  return {
    component: engine,
    domain: 'localhost',
    port,
    path: null,
    scheme,
    ssl: true,
    sslMode: 'require',
    uri: `${scheme}://<username>:<password>@localhost:${port}${database}?sslmode=require`
  }
}

/** Stands first, where nobody answers: whoever takes the first endpoint has the wrong one. */
function readEndpoint(service: FakeService): JsonObject {
  return { ...endpoint(service), component: `${service.engine}Read`, port: 1 }
}
