import { isJsonObject, type Reply } from './api.ts'
import type { Backing } from './backing.ts'
import { calm, type Scene } from './scene.ts'
import { addInstance, enter, statusOf, type World } from './world.ts'

/**
 * What tests tell the fake and ask it, below `/_control`:
 * `PUT /scene` (see `Scene`), `GET /state`, `POST /foreign {name, region, tags}`, `POST /status {id, status}`, `POST /tags {id, tags}`,
 * `POST /advance {seconds}` for its clock, `POST /reset`.
 */
export async function control(
  world: World,
  backing: Backing,
  asked: { readonly method: string; readonly path: string; readonly body: unknown }
): Promise<Reply> {
  const body = isJsonObject(asked.body) ? asked.body : {}
  switch (`${asked.method} ${asked.path}`) {
    case 'PUT /scene':
      world.scene = { ...calm(), ...(body as unknown as Partial<Scene>) }
      return { status: 204 }
    case 'GET /state':
      return { status: 200, body: await state(world, backing) }
    case 'POST /foreign':
      return { status: 200, body: { id: foreign(world, body) } }
    case 'POST /status': {
      const instance = world.instances.get(String(body['id']))
      if (!instance) return { status: 404 }
      enter(instance, String(body['status']))
      return { status: 204 }
    }
    case 'POST /tags': {
      const instance = world.instances.get(String(body['id']))
      if (!instance) return { status: 404 }
      instance.tags.splice(0, instance.tags.length, ...(body['tags'] as string[]))
      return { status: 204 }
    }
    case 'POST /advance':
      world.secondsAhead += Number(body['seconds'])
      return { status: 204 }
    case 'POST /reset':
      await reset(world, backing)
      return { status: 204 }
    default:
      return { status: 404 }
  }
}

async function state(world: World, backing: Backing) {
  const left = await backing.left()
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
    databases: [...left.databases],
    roles: [...left.roles],
    counters: Object.fromEntries(world.counters)
  }
}

/** Somebody else's instance, ready and with nothing behind it. */
function foreign(world: World, body: Readonly<Record<string, unknown>>): string {
  const wanted = {
    region: String(body['region'] ?? 'fr-par'),
    name: String(body['name']),
    engine: 'PostgreSQL-15',
    userName: 'somebody',
    tags: (body['tags'] ?? []) as string[],
    nodeType: 'db-dev-s',
    volumeType: 'lssd',
    volumeSize: 5_000_000_000,
    highAvailability: false
  }
  return addInstance(world, wanted, true).id
}

async function reset(world: World, backing: Backing): Promise<void> {
  const all = [...world.instances.values()]
  world.instances.clear()
  world.counters.clear()
  world.scene = calm()
  for (const each of all.filter((one) => !one.isForeign)) {
    const twin = all.find((one) => one.userName === each.userName && all.indexOf(one) > all.indexOf(each))
    await backing.remove(each, twin)
  }
}
