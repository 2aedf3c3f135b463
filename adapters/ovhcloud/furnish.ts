import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { type Call, type PostgresqlSession, SqlState } from '../../src/contract/ports.ts'
import { quoteName } from '../../src/contract/sql.ts'
import type { Services } from './client.ts'
import { type Located, secondsLeft, withoutPassword } from './place.ts'

/** The login that every service has. */
export const ADMIN = 'avnadmin'

/** A new password that is refused for so long is not the present one. */
const PATIENCE_SECONDS = 180

/** The password is shown once: what was not committed is made anew. */
export async function resetPassword(services: Services, place: Located, call: Call): Promise<Sighting> {
  const password = await services.resetPassword(call, place.id, await adminOf(services, place, call))
  return {
    state: 'pending',
    handle: { ...place, password, passwordSince: call.now.toISOString() },
    lookAgainInSeconds: 0,
    note: 'the administrator has a new password'
  }
}

async function adminOf(services: Services, place: Located, call: Call): Promise<string> {
  for await (const user of services.users(call, place.id)) if (user.username === ADMIN) return user.id
  throw new ProviderFailure('unavailable', `the service at OVHcloud has no user ${ADMIN} yet`)
}

/** The database of the order's name, closed until the family has made it its tenant's. Undefined: it is there. */
export async function makeDatabase(
  access: PostgresqlAccess,
  place: Located,
  call: Call
): Promise<Sighting | undefined> {
  const { maintenanceDatabase } = access
  try {
    await call.postgresql(
      access,
      (session) => ensureDatabase(session, place.name),
      maintenanceDatabase === undefined ? {} : { database: maintenanceDatabase }
    )
    return undefined
  } catch (error) {
    if (!isRefusedLogin(error) || place.passwordSince === undefined) throw error
    const left = secondsLeft(place.passwordSince, PATIENCE_SECONDS, call.now)
    return {
      state: 'pending',
      handle: left > 0 ? place : withoutPassword(place),
      note: "the administrator's new password does not work yet"
    }
  }
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
