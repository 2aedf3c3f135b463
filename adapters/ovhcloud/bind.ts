import type { Driver, Grant } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { findUser, hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import type { User } from './types.ts'

export type Bound = Awaited<ReturnType<NonNullable<Driver['bind']>>>

/** How one kind of service makes a user. */
export interface Making {
  readonly name: string
  make(place: Located): Promise<User & { readonly password: string }>
  /** What a user who is ready still lacks. */
  admit?(): Promise<void>
}

/**
 * A user of the service. OVHcloud makes the password and shows it once, so one that was not committed is made anew. Names are unique
 * there, so a second request never makes a second user.
 */
export async function bind(
  services: Services,
  at: Place,
  making: Making,
  soFar: Grant | undefined,
  call: Call
): Promise<Bound> {
  const place = await placeOf(services, at, call)
  const user = await findUser(services, place, making.name, call)
  const password = soFar?.handle['user'] === user?.id ? passwordIn(soFar) : undefined
  if (user === undefined) return make(place, making)
  if (user.status !== 'READY') return pending(user, password)
  if (password === undefined) return pending(user, await services.resetPassword(call, place.id, user.id))
  await making.admit?.()
  return ready(user, password)
}

async function make(place: Located, making: Making): Promise<Bound> {
  const user = await making.make(place)
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

/** Told as gone only when it is no longer listed. `before`: what keeps OVHcloud from removing the user. */
export async function unbind(
  services: Services,
  at: Place,
  name: string,
  call: Call,
  before?: () => Promise<void>
): Promise<void> {
  const place = await placeOf(services, at, call)
  const user = await findUser(services, place, name, call)
  if (user === undefined) return
  if (user.status !== 'DELETING') {
    await before?.()
    if ((await remove(services, place, user, call)) === 'locked out') return
  }
  throw new ProviderFailure('unavailable', 'the user at OVHcloud is being deleted')
}

/** One who may not be removed, because something is theirs, stays under a password that nobody knows. */
async function remove(
  services: Services,
  place: Located,
  user: User,
  call: Call
): Promise<'going' | 'locked out'> {
  try {
    await services.removeUser(call, place.id, user.id)
    return 'going'
  } catch (error) {
    const refused =
      error instanceof ProviderFailure && (error.kind === 'invalid' || error.kind === 'conflict')
    if (!refused) throw error
    await services.resetPassword(call, place.id, user.id)
    call.note('a user at OVHcloud owns what its binding made: it is locked out, and stays')
    return 'locked out'
  }
}

/** Throws `not-found` when the service is gone, `conflict` when it is not ours. */
async function placeOf(services: Services, place: Place, call: Call): Promise<Located> {
  const service = hasId(place) ? await lookAt(services, place, call) : undefined
  if (!service) throw new ProviderFailure('not-found', 'the service at OVHcloud is gone')
  return { ...place, id: service.id }
}
