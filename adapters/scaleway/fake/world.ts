import { randomInt, randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { fakeClock } from '../../../test/support/fake/clock.ts'
import type { Ground } from '../../../test/support/fake/serve.ts'
import { look, stateOf, statesOf } from '../../../test/support/fake/states.ts'
import { type BrokerKey, type Iam, newIam } from './iam-world.ts'
import { deniedPermission } from './problems.ts'
import type { FakeBucket, FakeCluster, FakeInstance } from './resources.ts'
import { calm, type Scene } from './scene.ts'

/** Everything there is at this Scaleway. */
export interface World extends Ground<Scene> {
  readonly instances: Map<string, FakeInstance>
  readonly clusters: Map<string, FakeCluster>
  readonly projectId: string
  readonly iam: Iam
  readonly buckets: Map<string, FakeBucket>
}

export function newWorld(projectId: string, organizationId: string, broker: BrokerKey): World {
  return {
    iam: newIam(organizationId, broker),
    buckets: new Map(),
    scene: calm(),
    clock: fakeClock(),
    instances: new Map(),
    clusters: new Map(),
    counters: new Map(),
    projectId
  }
}

export type NewFakeInstance = Pick<
  FakeInstance,
  | 'region'
  | 'name'
  | 'engine'
  | 'userName'
  | 'tags'
  | 'nodeType'
  | 'volumeType'
  | 'volumeSize'
  | 'highAvailability'
  | 'databases'
  | 'port'
>

export function addInstance(world: World, wanted: NewFakeInstance, isForeign = false): FakeInstance {
  const breaks = !isForeign && world.scene.halfCreated > 0
  if (breaks) world.scene.halfCreated -= 1
  const instance: FakeInstance = {
    ...wanted,
    id: randomUUID(),
    createdAt: new Date(world.clock.now()),
    isForeign,
    rules: [{ ip: '0.0.0.0/0', description: '' }],
    states: isForeign
      ? statesOf('ready')
      : statesOf('provisioning', 'initializing', breaks ? 'error' : 'ready'),
    users: new Set(),
    gets: 0,
    listsSince: isForeign ? Number.MAX_SAFE_INTEGER : 0,
    endpointId: randomUUID()
  }
  world.instances.set(instance.id, instance)
  return instance
}

/** The key has no right to this product. */
export function refuseDenied({ scene }: World, product: string): void {
  if (scene.denied.includes(product)) throw deniedPermission(product, 'read')
}

export function statusOf(instance: FakeInstance): string {
  return stateOf(instance.states)
}

/** It has been ready once, so it has an endpoint. */
export function isBorn({ states }: FakeInstance): boolean {
  return states.been.has('ready')
}

/** A look that saw the present state. */
export function lookAt(world: World, { states }: FakeInstance): void {
  look(states, world.scene.looks)
}

/** Of clusters too. */
export function isListed(
  { clock, scene }: World,
  { createdAt, isForeign, listsSince }: Pick<FakeInstance, 'createdAt' | 'isForeign' | 'listsSince'>
): boolean {
  const age = (clock.now() - createdAt.getTime()) / 1000
  return isForeign || (listsSince > scene.hiddenLists && age >= scene.hiddenSeconds)
}

export function render(world: World, instance: FakeInstance): JsonObject {
  const status = statusOf(instance)
  const endpoint = {
    id: instance.endpointId,
    ip: '127.0.0.1',
    load_balancer: {},
    name: null,
    port: instance.port
  }
  const endpoints = isBorn(instance) ? [endpoint] : []
  return {
    id: instance.id,
    name: instance.name,
    status,
    engine: instance.engine,
    endpoint: endpoints[0] ?? null,
    endpoints,
    tags: instance.tags,
    node_type: instance.nodeType,
    is_ha_cluster: instance.highAvailability,
    volume: {
      class: instance.volumeType.split('_')[0] ?? '',
      size: instance.volumeSize,
      type: instance.volumeType
    },
    backup_schedule: { disabled: false, frequency: 24, next_run_at: null, retention: 7 },
    backup_same_region: false,
    settings: [],
    init_settings: [],
    upgradable_version: [],
    read_replicas: [],
    maintenances: [],
    encryption: { enabled: false },
    logs_policy: { max_age_retention: 30, total_disk_retention: null },
    organization_id: world.projectId,
    project_id: world.projectId,
    region: instance.region,
    created_at: microseconds(instance.createdAt)
  }
}

/** RFC 3339 with microseconds, as Scaleway writes it. */
export function microseconds(time: Date): string {
  return time.toISOString().replace('Z', `${String(randomInt(1000)).padStart(3, '0')}Z`)
}
