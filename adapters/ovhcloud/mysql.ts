import type { MysqlAccess } from '../../src/contract/access.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import { mysqlErrorOf, quoteMysqlName } from '../../src/contract/mysql.ts'
import type { Call, MysqlSession } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { ADMIN, resetPassword, withPatience } from './furnish.ts'
import type { Place } from './place.ts'
import { planSchemaOf } from './plan.ts'
import { reachOf } from './private-network.ts'
import { makeDatabaseByApi, withProviderLogins } from './provider-logins.ts'
import { serviceDriver, wayIn } from './service-driver.ts'
import type { Settings } from './settings.ts'
import type { Service } from './types.ts'

const COMPONENT = 'mysql'
const ACCESS_DENIED = 1045

/** A Managed Database for MySQL with one database in it, which carries the order's name. */
export function mysqlDriver(services: Services, settings: Settings): Driver {
  const access = (all: Services, place: Place, service: Service, call: Call) =>
    accessTo(all, settings, place, service, call)
  const driver = serviceDriver(
    services,
    {
      component: COMPONENT,
      planSchema: planSchemaOf('^[0-9](\\.[0-9])?$'),
      access,
      async furnish(all, place, service, call) {
        if (place.password === undefined) return resetPassword(all, place, ADMIN, call)
        if (place.made) return undefined
        const made = place.logins && (await makeDatabaseByApi(all, place, call))
        if (made) return made
        const way = await access(all, place, service, call)
        return withPatience(place, call, isRefusedLogin, () =>
          call.mysql(way, (session) => (place.logins ? greet(session) : makeDatabase(session, place.name)))
        )
      }
    },
    settings
  )
  // A user that the API made may do everything in every database of the service.
  return withProviderLogins(driver, services, { newUser: (name) => ({ name }) })
}

async function greet(session: MysqlSession): Promise<void> {
  await session.query('SELECT 1')
}

async function accessTo(
  services: Services,
  settings: Settings,
  place: Place,
  service: Service,
  call: Call
): Promise<MysqlAccess> {
  const { endpoint, password } = wayIn(service, COMPONENT, place)
  return {
    kind: 'mysql',
    host: endpoint.domain,
    port: endpoint.port,
    database: place.name,
    user: ADMIN,
    password,
    tls: { ca: await services.certificate(call, service.id) },
    network: reachOf(settings, place),
    ...(place.connectionLimit === undefined ? {} : { connectionLimit: place.connectionLimit })
  }
}

/** Nobody may enter it but accounts with a right on it. */
async function makeDatabase(session: MysqlSession, name: string): Promise<void> {
  await session.query(`CREATE DATABASE IF NOT EXISTS ${quoteMysqlName(name)} CHARACTER SET utf8mb4`)
}

function isRefusedLogin(error: unknown): boolean {
  return mysqlErrorOf(error) === ACCESS_DENIED
}
