import type { Access } from '../../src/contract/access.ts'
import type { Driver, Listed, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { loginRights } from '../../src/contract/login-rights.ts'
import type { Call } from '../../src/contract/ports.ts'
import { adoptStep, differences } from './adopt.ts'
import { bind, unbind } from './bind.ts'
import type { Client } from './client.ts'
import { adminOf, createStep } from './create.ts'
import { databaseServers } from './databases.ts'
import { destroyStep } from './destroy.ts'
import type { Engine } from './engine.ts'
import { findMarked, hasId, lookAt } from './find.ts'
import { type Place, readPlace } from './place.ts'
import { loginsOf } from './plan.ts'
import type { Servers } from './servers.ts'
import type { Settings } from './settings.ts'
import { isReady } from './status.ts'
import { brokerTag, markOf } from './tags.ts'
import { updateStep } from './update.ts'

/** An instance of Scaleway's Managed Database with one database in it; both carry the order's name. */
export function instanceDriver(client: Client, settings: Settings, engine: Engine): Driver {
  const { listLagSeconds } = settings
  const servers = databaseServers(client)
  return {
    planSchema: engine.planSchema,
    networkRules: true,
    listLagSeconds,

    create(order, soFar, call) {
      return createStep(servers, listLagSeconds, order, soFar && readPlace(soFar), call)
    },
    observe(handle, call) {
      return observe(servers, readPlace(handle), call)
    },
    destroy(handle, call) {
      return destroyStep(servers, listLagSeconds, readPlace(handle), call)
    },
    access(handle, call) {
      return access(client, settings, engine, readPlace(handle), call)
    },
    update(handle, order, call) {
      return updateStep(servers, order, readPlace(handle), call)
    },
    adopt(order, soFar, call) {
      return adoptStep(servers, order, soFar && readPlace(soFar), call)
    },
    differences(handle, plan, call) {
      return differences(servers, readPlace(handle), plan, call)
    },
    list(broker, call) {
      return list(client, settings.regions, engine, broker, call)
    },
    async inspect(handle, call) {
      const place = readPlace(handle)
      const way = await access(client, settings, engine, place, call)
      return way.kind === 'postgresql' ? loginRights(way, ['CREATEROLE'], place.logins ?? 'sql', call) : []
    },
    makesLogins: (plan) => loginsOf(plan).logins !== undefined,
    bind(handle, login, parameters, _soFar, call) {
      return bind(client, servers, readPlace(handle), login, parameters, call)
    },
    unbind(handle, login, _grant, call) {
      return unbind(client, servers, readPlace(handle), login, call)
    }
  }
}

export async function observe(client: Servers, place: Place, call: Call): Promise<Sighting> {
  const [marked] = hasId(place) ? [] : await findMarked(client, place, call)
  const at = marked ? { ...place, id: marked.id } : place
  const instance = hasId(at) ? await lookAt(client, at, call) : undefined
  if (!instance || !hasId(at)) return { state: 'gone' }
  const handle = { ...at, seen: true as const }
  if (at.made && isReady(instance)) return { state: 'ready', handle }
  // Never `broken`: a locked or full instance still holds somebody's data.
  return { state: 'pending', handle, note: `the instance at Scaleway is in state ${instance.status}` }
}

async function access(
  client: Client,
  settings: Settings,
  engine: Engine,
  place: Place,
  call: Call
): Promise<Access> {
  const instance = hasId(place) ? await lookAt(databaseServers(client), place, call) : undefined
  if (!instance) throw new ProviderFailure('not-found', 'the instance at Scaleway is gone')
  if (instance.port === undefined || place.password === undefined) {
    throw new ProviderFailure('unavailable', `the instance at Scaleway has no endpoint (${instance.status})`)
  }
  return engine.accessOf({
    host: hostOf(settings.hostTemplate, instance.id, place.region),
    port: instance.port,
    database: place.name,
    user: adminOf(place),
    password: place.password,
    tls: { ca: await client.certificate(call, place.region, instance.id) },
    network: settings.network,
    ...(place.connectionLimit === undefined ? {} : { connectionLimit: place.connectionLimit })
  })
}

function hostOf(template: string, instance: string, region: string): string {
  return template.replaceAll('{instance}', instance).replaceAll('{region}', region)
}

async function* list(
  client: Client,
  regions: readonly string[],
  engine: Engine,
  broker: string,
  call: Call
): AsyncIterable<Listed> {
  for (const region of regions) {
    for await (const instance of client.instances(call, region, { tag: brokerTag(broker) })) {
      const mark = markOf(instance.tags)
      if (mark?.broker !== broker || !engine.isMine(instance.engine)) continue
      const place: Place = { v: 1, region, name: instance.name, ...mark, id: instance.id, seen: true }
      yield { mark, name: instance.name, region, handle: place }
    }
  }
}
