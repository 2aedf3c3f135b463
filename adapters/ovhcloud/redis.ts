import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import type { Call } from '../../src/contract/ports.ts'
import { redisCodeOf } from '../../src/contract/redis.ts'
import { bind, unbind } from './bind.ts'
import type { Services } from './client.ts'
import { resetPassword, withPatience } from './furnish.ts'
import { type Place, readPlace } from './place.ts'
import { memoryPlanSchemaOf } from './plan.ts'
import { serviceDriver, wayIn } from './service-driver.ts'
import type { Settings } from './settings.ts'
import type { Service } from './types.ts'

const COMPONENT = 'valkey'
/** Whom every service has; it may not administer the access list. */
const ADMIN = 'default'

/** A Managed Database for Valkey. Its users are made by OVHcloud's API, which alone may. */
export function redisDriver(services: Services, settings: Settings): Driver {
  const access = (all: Services, place: Place, service: Service, call: Call) =>
    accessTo(all, settings, place, service, call)
  const driver = serviceDriver(
    services,
    {
      component: COMPONENT,
      planSchema: memoryPlanSchemaOf('^[0-9](\\.[0-9])?$'),
      access,
      async furnish(all, place, service, call) {
        if (place.password === undefined) return resetPassword(all, place, ADMIN, call)
        if (place.made) return undefined
        const way = await access(all, place, service, call)
        return withPatience(place, call, isRefusedLogin, () => greet(way, call))
      }
    },
    settings.listLagSeconds
  )
  return {
    ...driver,
    bind: (handle, login, parameters, soFar, call) =>
      bind(services, readPlace(handle), { login, parameters }, soFar, call),
    unbind: (handle, login, _grant, call) => unbind(services, readPlace(handle), login, call)
  }
}

async function accessTo(
  services: Services,
  settings: Settings,
  place: Place,
  service: Service,
  call: Call
): Promise<RedisAccess> {
  const { endpoint, password } = wayIn(service, COMPONENT, place)
  return {
    kind: 'redis',
    host: endpoint.domain,
    port: endpoint.port,
    user: ADMIN,
    password,
    tls: { ca: await services.certificate(call, service.id) },
    network: settings.network
  }
}

/** Nothing has to be made inside; that it lets us in is all. */
async function greet(access: RedisAccess, call: Call): Promise<void> {
  await call.redis(access, (session) => session.command('PING'))
}

function isRefusedLogin(error: unknown): boolean {
  const code = redisCodeOf(error)
  return code === 'WRONGPASS' || code === 'NOAUTH'
}
