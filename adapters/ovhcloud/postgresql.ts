import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver, Listed, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { createStep, type Kind } from './create.ts'
import { destroyStep } from './destroy.ts'
import { everyService, findAll, hasId, lookAt } from './find.ts'
import { ADMIN, makeDatabase, resetPassword } from './furnish.ts'
import { readDescription } from './mark.ts'
import { type Place, readPlace } from './place.ts'
import { planSchema } from './plan.ts'
import type { Settings } from './settings.ts'
import { endpointOf, isReady } from './status.ts'
import type { Service } from './types.ts'
import { updateStep } from './update.ts'

/** The database that every service has. */
const MAINTENANCE = 'defaultdb'
const COMPONENT = 'postgresql'

/** A Managed Database for PostgreSQL with one database in it, which carries the order's name. */
export function postgresqlDriver(services: Services, settings: Settings): Driver {
  const { listLagSeconds } = settings
  const kind = postgresql(settings)
  return {
    planSchema,
    networkRules: true,
    listLagSeconds,

    create(order, soFar, call) {
      return createStep(services, kind, listLagSeconds, order, soFar && readPlace(soFar), call)
    },
    observe(handle, call) {
      return observe(services, readPlace(handle), call)
    },
    destroy(handle, call) {
      return destroyStep(services, listLagSeconds, readPlace(handle), call)
    },
    async access(handle, call) {
      const place = readPlace(handle)
      const service = hasId(place) ? await lookAt(services, place, call) : undefined
      if (!service) throw new ProviderFailure('not-found', 'the service at OVHcloud is gone')
      return accessTo(services, settings, place, service, call)
    },
    update(handle, order, call) {
      return updateStep(services, COMPONENT, order, readPlace(handle), call)
    },
    list(broker, call) {
      return list(services, broker, call)
    }
  }
}

function postgresql(settings: Settings): Kind {
  return {
    component: COMPONENT,
    async furnish(services, place, service, call) {
      if (place.password === undefined) return resetPassword(services, place, call)
      if (place.made) return undefined
      return makeDatabase(await accessTo(services, settings, place, service, call), place, call)
    }
  }
}

async function observe(services: Services, place: Place, call: Call): Promise<Sighting> {
  const [marked] = hasId(place) ? [] : (await findAll(services, place, call)).marked
  const at = marked ? { ...place, id: marked.id } : place
  const service = hasId(at) ? await lookAt(services, at, call) : undefined
  if (!service || !hasId(at)) return { state: 'gone' }
  const handle = { ...at, seen: true as const }
  if (at.made && isReady(service, COMPONENT)) return { state: 'ready', handle }
  // Never `broken`: a locked or shelved service still holds somebody's data.
  return { state: 'pending', handle, note: `the service at OVHcloud is in state ${service.status}` }
}

async function accessTo(
  services: Services,
  settings: Settings,
  place: Place,
  service: Service,
  call: Call
): Promise<PostgresqlAccess> {
  const endpoint = endpointOf(service, COMPONENT)
  if (endpoint === undefined || place.password === undefined) {
    throw new ProviderFailure('unavailable', `the service at OVHcloud has no way in (${service.status})`)
  }
  return {
    kind: 'postgresql',
    host: endpoint.domain,
    port: endpoint.port,
    database: place.name,
    maintenanceDatabase: MAINTENANCE,
    user: ADMIN,
    password: place.password,
    tls: { ca: await services.certificate(call, service.id) },
    network: settings.network,
    ...(place.connectionLimit === undefined ? {} : { connectionLimit: place.connectionLimit })
  }
}

async function* list(services: Services, broker: string, call: Call): AsyncIterable<Listed> {
  for await (const service of everyService(services, call)) {
    const { name, mark } = readDescription(service?.description ?? '') ?? {}
    if (service === undefined || name === undefined || mark?.broker !== broker) continue
    const place: Place = { v: 1, region: service.region, name, ...mark, id: service.id, seen: true }
    yield { mark, name, region: service.region, handle: place }
  }
}
