import type { Driver, Grant, Login } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { findUser, hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import { READER, WRITER } from './redis-rights.ts'
import type { User } from './types.ts'

type Bound = Awaited<ReturnType<NonNullable<Driver['bind']>>>

interface Wanted {
  readonly login: Login
  readonly parameters: JsonObject
}

/**
 * A user of the service. OVHcloud makes the password and shows it once, so one that was not committed is made anew. Names are unique
 * there, so a second request never makes a second user.
 */
export async function bind(
  services: Services,
  at: Place,
  wanted: Wanted,
  soFar: Grant | undefined,
  call: Call
): Promise<Bound> {
  const { login, parameters } = wanted
  if (parameters['user'] === 'default') {
    throw new ProviderFailure(
      'invalid',
      'At OVHcloud the user "default" is not given away: bind with "user": "own".'
    )
  }
  const place = await placeOf(services, at, call)
  const user = await findUser(services, place, login.name, call)
  const password = soFar?.handle['user'] === user?.id ? passwordIn(soFar) : undefined
  if (user === undefined) return make(services, place, wanted, call)
  if (user.status !== 'READY') return pending(user, password)
  if (password !== undefined) return ready(user, password)
  return pending(user, await services.resetPassword(call, place.id, user.id))
}

async function make(services: Services, place: Located, wanted: Wanted, call: Call): Promise<Bound> {
  const rights = wanted.parameters['access'] === 'read-only' ? READER : WRITER
  const user = await services.createUser(call, place.id, { name: wanted.login.name, ...rights })
  return pending(user, user.password)
}

/** The password is committed before anything else is asked. */
function pending(user: User, password: string | undefined): Bound {
  return { state: 'pending', grant: grantOf(user, password) }
}

function ready(user: User, password: string): Bound {
  return { state: 'ready', grant: { ...grantOf(user, password), login: { name: user.username, password } } }
}

function grantOf(user: User, password: string | undefined): Grant {
  return { handle: { v: 1, user: user.id, ...(password === undefined ? {} : { password }) } }
}

function passwordIn(grant: Grant | undefined): string | undefined {
  const password = grant?.handle['password']
  return typeof password === 'string' ? password : undefined
}

/** Told as gone only when it is no longer listed. */
export async function unbind(services: Services, at: Place, login: Login, call: Call): Promise<void> {
  const place = await placeOf(services, at, call)
  const user = await findUser(services, place, login.name, call)
  if (user === undefined) return
  if (user.status !== 'DELETING') await services.removeUser(call, place.id, user.id)
  throw new ProviderFailure('unavailable', 'the user at OVHcloud is being deleted')
}

/** Throws `not-found` when the service is gone, `conflict` when it is not ours. */
async function placeOf(services: Services, place: Place, call: Call): Promise<Located> {
  const service = hasId(place) ? await lookAt(services, place, call) : undefined
  if (!service) throw new ProviderFailure('not-found', 'the service at OVHcloud is gone')
  return { ...place, id: service.id }
}
