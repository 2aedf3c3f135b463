import type { JsonObject } from '../../../src/contract/json.ts'
import type { Instruction } from '../../../test/support/fake/serve.ts'
import { enter } from '../../../test/support/fake/states.ts'
import { ENGINES, type Engine, isEngine } from './offers.ts'
import { addService, type FakeService, removeFromWorld, statusOf, type World } from './world.ts'

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
      protected: each.deletionProtection,
      foreign: each.isForeign
    })),
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
    rules: []
  }
  return addService(world, wanted, true)
}

export async function reset(world: World): Promise<void> {
  world.tokens.clear()
  for (const each of world.services.values()) await removeFromWorld(world, each)
}
