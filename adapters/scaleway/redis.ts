import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver, Grant, Listed } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { adoptStep, differences } from './adopt.ts'
import type { Client } from './client.ts'
import { clusterServers, REDIS_ZONES, redisPlanSchema } from './clusters.ts'
import { adminOf, createStep } from './create.ts'
import { destroyStep } from './destroy.ts'
import { hasId, lookAt } from './find.ts'
import { observe } from './instance-driver.ts'
import { type Place, readPlace } from './place.ts'
import type { Settings } from './settings.ts'
import { brokerTag, markOf } from './tags.ts'
import { updateStep } from './update.ts'

/** A cluster of Scaleway's Managed Redis. It has one user, made with it, and every binding gets that one. */
export function redisDriver(client: Client, settings: Settings): Driver {
  const { listLagSeconds } = settings
  const servers = clusterServers(client)
  return {
    planSchema: redisPlanSchema,
    networkRules: true,
    listLagSeconds,
    bindChoices: () => ({ access: ['read-write'], user: ['own'] }),

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
      return access(client, settings, readPlace(handle), call)
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
      return list(client, settings.regions, broker, call)
    },
    async bind(handle, _login, parameters) {
      return { state: 'ready', grant: theOneUser(readPlace(handle), parameters) }
    },
    async unbind(_handle, _login, _grant, call) {
      call.note('the user of the cluster stays valid: Managed Redis has no other')
    }
  }
}

function theOneUser(place: Place, parameters: JsonObject): Grant {
  if (parameters['access'] === 'read-only') {
    throw new ProviderFailure('invalid', 'Managed Redis of Scaleway has no users that may only read.')
  }
  if (parameters['user'] === 'default') {
    throw new ProviderFailure('invalid', 'Managed Redis of Scaleway has one user, and that is not "default".')
  }
  if (place.password === undefined) throw new ProviderFailure('unexpected', 'the password is not known')
  return { handle: { v: 1 }, login: { name: adminOf(place), password: place.password } }
}

async function access(client: Client, settings: Settings, place: Place, call: Call): Promise<RedisAccess> {
  const cluster = hasId(place) ? await lookAt(clusterServers(client), place, call) : undefined
  if (!cluster) throw new ProviderFailure('not-found', 'the cluster at Scaleway is gone')
  if (cluster.port === undefined || cluster.host === undefined || place.password === undefined) {
    throw new ProviderFailure('unavailable', `the cluster at Scaleway has no endpoint (${cluster.status})`)
  }
  return {
    kind: 'redis',
    host: cluster.host,
    port: cluster.port,
    user: adminOf(place),
    password: place.password,
    tls: { ca: await client.clusterCertificate(call, place.region, cluster.id) },
    network: settings.network
  }
}

async function* list(
  client: Client,
  regions: readonly string[],
  broker: string,
  call: Call
): AsyncIterable<Listed> {
  for (const region of regions) {
    for (const zone of REDIS_ZONES.filter((each) => each.startsWith(`${region}-`))) {
      for await (const cluster of client.clusters(call, zone, { tag: brokerTag(broker) })) {
        const mark = markOf(cluster.tags)
        if (mark?.broker !== broker) continue
        const place: Place = { v: 1, region: zone, name: cluster.name, ...mark, id: cluster.id, seen: true }
        yield { mark, name: cluster.name, region, handle: place }
      }
    }
  }
}
