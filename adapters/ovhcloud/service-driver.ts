import type { Access } from '../../src/contract/access.ts'
import type { Driver, Listed, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { adoptStep, differences } from './adopt.ts'
import type { Services } from './client.ts'
import { createStep, type Kind } from './create.ts'
import { destroyStep } from './destroy.ts'
import { everyService, findAll, hasId, lookAt } from './find.ts'
import { readDescription } from './mark.ts'
import { type Place, readPlace } from './place.ts'
import type { Settings } from './settings.ts'
import { endpointOf, isReady } from './status.ts'
import type { Endpoint, Service } from './types.ts'
import { updateStep } from './update.ts'

/** A kind of service that is an instance of its own. */
export interface ServiceKind extends Kind {
  readonly planSchema: JsonObject
  access(services: Services, place: Place, service: Service, call: Call): Promise<Access>
}

/** What every driver of a managed database does alike. */
export function serviceDriver(services: Services, kind: ServiceKind, settings: Settings): Driver {
  const { listLagSeconds } = settings
  return {
    planSchema: kind.planSchema,
    networkRules: true,
    listLagSeconds,

    create(order, soFar, call) {
      return createStep(services, kind, settings, order, soFar && readPlace(soFar), call)
    },
    observe(handle, call) {
      return observe(services, kind.component, readPlace(handle), call)
    },
    destroy(handle, call) {
      return destroyStep(services, listLagSeconds, readPlace(handle), call)
    },
    async access(handle, call) {
      const place = readPlace(handle)
      return kind.access(services, place, await serviceAt(services, place, call), call)
    },
    update(handle, order, call) {
      return updateStep(services, kind.component, order, readPlace(handle), call)
    },
    adopt(order, soFar, call) {
      return adoptStep(services, kind, order, soFar && readPlace(soFar), call)
    },
    differences(handle, plan, call) {
      return differences(services, readPlace(handle), plan, call)
    },
    list(broker, call) {
      return list(services, broker, call)
    }
  }
}

/** Throws `not-found` when it is gone. */
export async function serviceAt(services: Services, place: Place, call: Call): Promise<Service> {
  const service = hasId(place) ? await lookAt(services, place, call) : undefined
  if (!service) throw new ProviderFailure('not-found', 'the service at OVHcloud is gone')
  return service
}

/** Where it listens, and the administrator's password. */
export function wayIn(
  service: Service,
  component: string,
  { password }: Place
): { readonly endpoint: Endpoint; readonly password: string } {
  const endpoint = endpointOf(service, component)
  if (endpoint === undefined || password === undefined) {
    throw new ProviderFailure('unavailable', `the service at OVHcloud has no way in (${service.status})`)
  }
  return { endpoint, password }
}

async function observe(services: Services, component: string, place: Place, call: Call): Promise<Sighting> {
  const [marked] = hasId(place) ? [] : (await findAll(services, place, call)).marked
  const at = marked ? { ...place, id: marked.id } : place
  const service = hasId(at) ? await lookAt(services, at, call) : undefined
  if (!service || !hasId(at)) return { state: 'gone' }
  const handle = { ...at, seen: true as const }
  if (at.made && isReady(service, component)) return { state: 'ready', handle }
  // Never `broken`: a locked or shelved service still holds somebody's data.
  return { state: 'pending', handle, note: `the service at OVHcloud is in state ${service.status}` }
}

async function* list(services: Services, broker: string, call: Call): AsyncIterable<Listed> {
  for await (const service of everyService(services, call)) {
    const { name, mark } = readDescription(service?.description ?? '') ?? {}
    if (service === undefined || name === undefined || mark?.broker !== broker) continue
    const place: Place = { v: 1, region: service.region, name, ...mark, id: service.id, seen: true }
    yield { mark, name, region: service.region, handle: place }
  }
}
