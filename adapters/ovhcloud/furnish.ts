import type { Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { findUser } from './find.ts'
import { type Located, secondsLeft, withoutPassword } from './place.ts'

/** The login that every database service has. */
export const ADMIN = 'avnadmin'

/** A new password that is refused for so long is not the present one. */
const PATIENCE_SECONDS = 180

/** The password is shown once: what was not committed is made anew. */
export async function resetPassword(
  services: Services,
  place: Located,
  admin: string,
  call: Call
): Promise<Sighting> {
  const user = await findUser(services, place, admin, call)
  if (!user) {
    throw new ProviderFailure('unavailable', `the service at OVHcloud has no user ${admin} yet`)
  }
  const password = await services.resetPassword(call, place.id, user.id)
  return {
    state: 'pending',
    handle: { ...place, password, passwordSince: call.now.toISOString() },
    lookAgainInSeconds: 0,
    note: 'the administrator has a new password'
  }
}

/** Runs what the administrator does inside; a new password may be refused for a while. Undefined: it is done. */
export async function withPatience(
  place: Located,
  call: Call,
  isRefusedLogin: (error: unknown) => boolean,
  work: () => Promise<void>
): Promise<Sighting | undefined> {
  try {
    await work()
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
