import type { JsonObject } from '../../../src/contract/json.ts'
import type { Instruction } from '../../../test/support/fake/serve.ts'
import { enter, stateOf } from '../../../test/support/fake/states.ts'
import { addBucket, shownIn } from './buckets.ts'
import { ENGINES, type Engine, isEngine } from './offers.ts'
import { addProjectUser, admitKeys, forget, removeKeys } from './project-users.ts'
import type { FakeService, ProjectUser } from './resources.ts'
import { addService, removeFromWorld, statusOf, storeOf, type World } from './world.ts'

/**
 * `POST /foreign {description, engine}`, `POST /status {id, status}`, `POST /describe {id, description}`, `POST /protect {id}`,
 * `POST /expire` ends every token.
 */
export function instructions(world: World): Readonly<Record<string, Instruction>> {
  const onService = (change: (service: FakeService, body: JsonObject) => void): Instruction => {
    return (body) => {
      const service = world.services.get(String(body['id']))
      if (!service) return undefined
      change(service, body)
      return {}
    }
  }
  return {
    ...storageInstructions(world),
    'POST /foreign': async (body) => ({ id: (await foreign(world, body)).id }),
    'POST /status': onService((service, body) => enter(service.states, String(body['status']))),
    'POST /describe': onService((service, body) => {
      service.description = String(body['description'])
    }),
    'POST /protect': onService((service) => {
      service.deletionProtection = true
    }),
    'POST /expire': () => {
      world.tokens.clear()
      return {}
    }
  }
}

export async function state(world: World): Promise<JsonObject> {
  const left = await Promise.all(Object.values(world.servers).map((servers) => servers.left()))
  return {
    services: [...world.services.values()].map((each) => ({
      id: each.id,
      engine: each.engine,
      description: each.description,
      status: statusOf(each),
      region: each.region,
      plan: each.plan,
      version: each.version,
      flavor: each.flavor,
      nodes: each.nodes,
      diskGb: each.diskGb,
      rules: each.rules.map(({ ip }) => ip),
      network: each.network === undefined ? null : { ...each.network },
      protected: each.deletionProtection,
      foreign: each.isForeign
    })),
    users: [...world.projectUsers.values()].map(({ id, description, policy, states, keys }) => ({
      id,
      description,
      policy,
      status: stateOf(states),
      keys: [...keys.keys()]
    })),
    buckets: await Promise.all(
      [...world.buckets.values()].map(async (each) => ({
        name: each.name,
        region: each.region,
        owner: each.owner.id,
        ...(await shownIn(world, each))
      }))
    ),
    databases: left.flatMap(({ databases }) => databases),
    roles: left.flatMap(({ roles }) => roles)
  }
}

/** Somebody else's service, ready and with nothing behind it. */
function foreign(world: World, { engine, description }: JsonObject): Promise<FakeService> {
  const kind: Engine = isEngine(String(engine)) ? (engine as Engine) : 'postgresql'
  const wanted = {
    engine: kind,
    description: String(description),
    plan: 'essential',
    version: ENGINES[kind].versions[0],
    flavor: 'db1-4',
    nodes: 1,
    region: 'GRA',
    diskGb: 80,
    rules: [],
    network: undefined
  }
  return addService(world, wanted, true)
}

/**
 * `POST /foreign-user {description}`, `POST /foreign-bucket {name, region, tags}`, `POST /describe-user {id, description}`,
 * `POST /user-status {id, status}`, `POST /retag {name, tags}`, `POST /keys` lets late keys work,
 * `POST /take-keys {id}` removes those of a user.
 */
function storageInstructions(world: World): Readonly<Record<string, Instruction>> {
  const onUser = (change: (user: ProjectUser, body: JsonObject) => Promise<void> | void): Instruction => {
    return async (body) => {
      const user = world.projectUsers.get(Number(body['id']))
      if (!user) return undefined
      await change(user, body)
      return {}
    }
  }
  return {
    'POST /foreign-user': async ({ description }) => ({
      id: (await addProjectUser(world, String(description), true)).id
    }),
    'POST /foreign-bucket': async ({ name, region, tags }) => {
      const owner = await addProjectUser(world, 'somebody else', true)
      const wanted = {
        name: String(name),
        region: String(region),
        owner,
        tags: tags as Record<string, string>
      }
      await addBucket(world, wanted, true)
      return {}
    },
    'POST /describe-user': onUser((user, body) => {
      user.description = String(body['description'])
    }),
    'POST /user-status': onUser((user, body) => enter(user.states, String(body['status']))),
    'POST /retag': async ({ name, tags }) => {
      const bucket = world.buckets.get(String(name))
      if (!bucket) return undefined
      const inStore = storeOf(world).bucket(bucket.owner.inStore, bucket.name)
      await inStore.setTags(tags as Record<string, string>)
      return {}
    },
    'POST /take-keys': onUser(async (user) => {
      for (const access of user.keys.keys()) await removeKeys(world, user, access)
    }),
    'POST /keys': async () => {
      await admitKeys(world)
      return {}
    }
  }
}

async function resetStorage(world: World): Promise<void> {
  for (const { name, owner } of world.buckets.values()) {
    await storeOf(world).purge(name)
    if (!world.projectUsers.has(owner.id)) await storeOf(world).removeUser(owner.inStore)
  }
  world.buckets.clear()
  for (const user of world.projectUsers.values()) await forget(world, user)
}

export async function reset(world: World): Promise<void> {
  world.tokens.clear()
  await resetStorage(world)
  for (const each of world.services.values()) await removeFromWorld(world, each)
}
