import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { redisCodeOf } from '../../src/contract/redis.ts'
import { bind, unbind } from './bind.ts'
import type { Services } from './client.ts'
import { resetPassword, withPatience } from './furnish.ts'
import { type Located, type Place, readPlace } from './place.ts'
import { memoryPlanSchemaOf } from './plan.ts'
import { reachOf } from './private-network.ts'
import { READER, WRITER } from './redis-rights.ts'
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
    settings
  )
  return {
    ...driver,
    bindChoices: () => ({ user: ['own'] }),
    async bind(handle, { name }, parameters, soFar, call) {
      refuseDefault(parameters)
      const rights = parameters['access'] === 'read-only' ? READER : WRITER
      const make = ({ id }: Located) => services.createUser(call, id, { name, ...rights })
      return bind(services, readPlace(handle), { name, make }, soFar, call)
    },
    unbind: (handle, { name }, _grant, call) => unbind(services, readPlace(handle), name, call)
  }
}

function refuseDefault({ user }: JsonObject): void {
  if (user !== 'default') return
  throw new ProviderFailure(
    'invalid',
    'At OVHcloud the user "default" is not given away: bind with "user": "own".'
  )
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
    network: reachOf(settings, place)
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
