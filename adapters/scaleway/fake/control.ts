import type { JsonObject } from '../../../src/contract/json.ts'
import type { Instruction } from '../../../test/support/fake/serve.ts'
import { enter, stateOf } from '../../../test/support/fake/states.ts'
import { tenantOf } from './api.ts'
import { type Backings, firstDatabases } from './backing.ts'
import { bucketInstructions, bucketState, resetBuckets } from './control-buckets.ts'
import { iamState, resetIam } from './iam-world.ts'
import { forget, newCluster } from './redis-api.ts'
import { redisBacking, redisUsers } from './redis-backing.ts'
import { addInstance, statusOf, type World } from './world.ts'

/**
 * `POST /foreign {name, region, tags, engine}`, `POST /status {id, status}`, `POST /tags {id, tags}`, `POST /start {engine}`,
 * and those of buckets.
 */
export function instructions(world: World, backings: Backings): Readonly<Record<string, Instruction>> {
  return {
    ...bucketInstructions(world),
    'POST /foreign': (body) => ({ id: foreign(world, body) }),
    'POST /start': async (body) => {
      const engine = String(body['engine'])
      return { port: (engine === 'Redis' ? await redisBacking() : await backings.of(engine)).port }
    },
    'POST /foreign-cluster': (body) => {
      const cluster = newCluster(world, 'fr-par-1', String(body['name']), (body['tags'] ?? []) as string[])
      world.clusters.set(cluster.id, cluster)
      return { id: cluster.id }
    },
    'POST /status': (body) => {
      const id = String(body['id'])
      const instance = world.instances.get(id) ?? world.clusters.get(id)
      if (!instance) return undefined
      enter(instance.states, String(body['status']))
      return {}
    },
    'POST /tags': (body) => {
      const id = String(body['id'])
      const { applications, policies } = world.iam
      const things = [world.instances, world.clusters, applications, policies]
      const instance = things.map((each) => each.get(id)).find((each) => each !== undefined)
      if (!instance) return undefined
      instance.tags.splice(0, instance.tags.length, ...(body['tags'] as string[]))
      return {}
    }
  }
}

export async function state(world: World, backings: Backings): Promise<JsonObject> {
  const running = await backings.started()
  const left = await Promise.all(running.map((each) => each.left()))
  return {
    instances: [...world.instances.values()].map((each) => ({
      id: each.id,
      region: each.region,
      name: each.name,
      status: statusOf(each),
      tags: each.tags,
      nodeType: each.nodeType,
      volumeSize: each.volumeSize,
      highAvailability: each.highAvailability,
      rules: each.rules.map(({ ip }) => ip),
      databases: each.databases,
      foreign: each.isForeign
    })),
    clusters: [...world.clusters.values()].map((each) => ({
      id: each.id,
      zone: each.zone,
      name: each.name,
      status: stateOf(each.states),
      tags: each.tags,
      nodeType: each.nodeType,
      size: each.size,
      rules: each.rules.map(({ ip }) => ip)
    })),
    ...iamState(world.iam),
    buckets: await bucketState(world),
    redisUsers: await redisUsers(),
    databases: left.flatMap(({ databases }) => databases),
    roles: left.flatMap(({ roles }) => roles)
  }
}

/** Somebody else's instance, ready and with nothing behind it. */
function foreign(world: World, body: JsonObject): string {
  const engine = String(body['engine'] ?? 'PostgreSQL-15')
  const wanted = {
    region: String(body['region'] ?? 'fr-par'),
    name: String(body['name']),
    engine,
    userName: 'somebody',
    tags: (body['tags'] ?? []) as string[],
    nodeType: 'db-dev-s',
    volumeType: 'lssd',
    volumeSize: 5_000_000_000,
    highAvailability: false,
    databases: firstDatabases(engine),
    port: 1
  }
  return addInstance(world, wanted, true).id
}

export async function reset(world: World, backings: Backings): Promise<void> {
  const all = [...world.instances.values()]
  world.instances.clear()
  const clusters = [...world.clusters.values()]
  world.clusters.clear()
  await resetBuckets(world)
  resetIam(world.iam)
  for (const each of clusters) if (!each.isForeign) await forget(world, each)
  const own = all.filter((one) => !one.isForeign)
  for (const each of own) {
    // Twins have one login: they go together, for what either holds belongs to it.
    const twins = own.filter((one) => one.userName === each.userName)
    if (twins[0] !== each) continue
    const backing = await backings.of(each.engine)
    await backing.remove({
      ...tenantOf(each),
      databases: [...new Set(twins.flatMap((one) => one.databases))]
    })
  }
}
