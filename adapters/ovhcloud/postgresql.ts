import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver, Handle } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { loginRights } from '../../src/contract/login-rights.ts'
import { type Call, type PostgresqlSession, SqlState } from '../../src/contract/ports.ts'
import { quoteName } from '../../src/contract/sql.ts'
import type { Services } from './client.ts'
import { ADMIN, resetPassword, withPatience } from './furnish.ts'
import { type Place, readPlace } from './place.ts'
import { planSchemaOf } from './plan.ts'
import { grantRights, revokeRights } from './postgresql-rights.ts'
import { reachOf } from './private-network.ts'
import { makeDatabaseByApi, withProviderLogins } from './provider-logins.ts'
import { serviceAt, serviceDriver, wayIn } from './service-driver.ts'
import type { Settings } from './settings.ts'
import type { Service } from './types.ts'

/** The database that every service has. */
const MAINTENANCE = 'defaultdb'
const COMPONENT = 'postgresql'

/** A Managed Database for PostgreSQL with one database in it, which carries the order's name. */
export function postgresqlDriver(services: Services, settings: Settings): Driver {
  const access = (all: Services, place: Place, service: Service, call: Call) =>
    accessTo(all, settings, place, service, call)
  const driver = serviceDriver(
    services,
    {
      component: COMPONENT,
      planSchema: planSchemaOf('^[0-9]{2}$'),
      access,
      async furnish(all, place, service, call) {
        if (place.password === undefined) return resetPassword(all, place, ADMIN, call)
        if (place.made) return undefined
        const made = place.logins && (await makeDatabaseByApi(all, place, call))
        if (made) return made
        const way = await access(all, place, service, call)
        return withPatience(place, call, isRefusedLogin, () =>
          place.logins ? greet(way, call) : makeDatabase(way, place.name, call)
        )
      }
    },
    settings
  )
  const inside = (handle: Handle, call: Call, work: (session: PostgresqlSession) => Promise<void>) => {
    const place = readPlace(handle)
    return inOwnDatabase(services, settings, place, work, call)
  }
  const withInspect: Driver = {
    ...driver,
    async inspect(handle, call) {
      const place = readPlace(handle)
      const way = await access(services, place, await serviceAt(services, place, call), call)
      return loginRights(way, ['CREATEROLE', 'CREATEDB'], place.logins ?? 'sql', call)
    }
  }
  return withProviderLogins(withInspect, services, {
    newUser: (name) => ({ name, roles: [] }),
    grant: (handle, user, call) => inside(handle, call, (session) => grantRights(session, user)),
    revoke: (handle, user, call) => inside(handle, call, (session) => revokeRights(session, user))
  })
}

async function inOwnDatabase(
  services: Services,
  settings: Settings,
  place: Place,
  work: (session: PostgresqlSession) => Promise<void>,
  call: Call
): Promise<void> {
  const service = await serviceAt(services, place, call)
  await call.postgresql(await accessTo(services, settings, place, service, call), work)
}

function greet(access: PostgresqlAccess, call: Call): Promise<void> {
  return call.postgresql(access, async (session) => {
    await session.query('SELECT 1')
  })
}

async function accessTo(
  services: Services,
  settings: Settings,
  place: Place,
  service: Service,
  call: Call
): Promise<PostgresqlAccess> {
  const { endpoint, password } = wayIn(service, COMPONENT, place)
  return {
    kind: 'postgresql',
    host: endpoint.domain,
    port: endpoint.port,
    database: place.name,
    maintenanceDatabase: MAINTENANCE,
    user: ADMIN,
    password,
    tls: { ca: await services.certificate(call, service.id) },
    network: reachOf(settings, place),
    ...(place.connectionLimit === undefined ? {} : { connectionLimit: place.connectionLimit })
  }
}

/** Closed until the family has made it its tenant's. */
function makeDatabase(access: PostgresqlAccess, name: string, call: Call): Promise<void> {
  return call.postgresql(access, (session) => ensureDatabase(session, name), { database: MAINTENANCE })
}

async function ensureDatabase(session: PostgresqlSession, name: string): Promise<void> {
  const [seen] = await session.query(
    `-- look at the administrator and the database
     SELECT rolcreatedb OR rolsuper AS makes_databases, EXISTS (SELECT FROM pg_database WHERE datname = $1) AS is_there
     FROM pg_roles WHERE rolname = current_user`,
    [name]
  )
  if (seen?.['is_there'] === true) return
  if (seen?.['makes_databases'] !== true) {
    throw new ProviderFailure('denied', 'The administrator of the database server lacks a right: CREATEDB.')
  }
  await session.query(`CREATE DATABASE ${quoteName(name)} TEMPLATE template0 ALLOW_CONNECTIONS false`)
}

/** `28P01`: the password, `28000`: the login, which may still be on its way. */
function isRefusedLogin(error: unknown): boolean {
  return (
    error instanceof ProviderFailure && error.cause instanceof SqlState && error.cause.code.startsWith('28')
  )
}
