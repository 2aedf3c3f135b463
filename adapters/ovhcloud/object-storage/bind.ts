import type { Driver, Grant, Login } from '../../../src/contract/adapter.ts'
import { type FailureOptions, ProviderFailure } from '../../../src/contract/errors.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Call } from '../../../src/contract/ports.ts'
import { secondsLeft } from '../place.ts'
import type { Keys } from '../types.ts'
import { accessTo } from './access.ts'
import { describeUser } from './description.ts'
import type { Provider } from './look.ts'
import { markAt, type Place } from './place.ts'
import { accessOf, policyOf } from './policy.ts'
import {
  type BindingUser,
  isGoing,
  isReady,
  makeKeys,
  ownerIn,
  refuseTaken,
  removeUser,
  type Users,
  usersOf
} from './users.ts'

type Bound = Awaited<ReturnType<NonNullable<Driver['bind']>>>

/**
 * A user of the project for each binding, with keys of its own: keys have no name to find them by again, users have. Its policy comes
 * before its keys, so that these never open more, and it is bound when they open the bucket.
 */
export async function bindStep(
  provider: Provider,
  place: Place,
  wanted: { readonly login: Login; readonly parameters: JsonObject },
  soFar: Grant | undefined,
  call: Call
): Promise<Bound> {
  const { client } = provider
  const { login, parameters } = wanted
  const users = await usersOf(client, place, call)
  refuseTaken(users, place)
  if (ownerIn(users, place) === undefined) throw bucketGone()
  const [user, ...others] = usersFor(users, login, soFar)
  if (user === undefined) return begin(provider, place, login, soFar, call)
  for (const other of others) await removeUser(client, other, call)
  if (!isReady(user)) return pending({ v: 1, user: user.id })
  await client.setPolicy(call, user.id, policyOf(place.name, accessOf(parameters)))
  const keys = await makeKeys(client, user.id, call)
  if (!(await open(provider, place, keys, call))) return pending({ v: 1, user: user.id })
  return {
    state: 'ready',
    grant: {
      handle: { v: 1, user: user.id },
      login: { name: keys.accessKeyId, password: keys.secretAccessKey }
    }
  }
}

export function bucketGone(): ProviderFailure {
  return new ProviderFailure('not-found', 'the bucket at OVHcloud is gone')
}

/** The one that was committed first, else the oldest. */
function usersFor({ bindings }: Users, login: Login, soFar: Grant | undefined): readonly BindingUser[] {
  const mine = bindings.filter((each) => each.login === login.name && !isGoing(each))
  const isKnown = ({ id }: BindingUser) => id === soFar?.handle['user']
  return [...mine.filter(isKnown), ...mine.filter((each) => !isKnown(each))]
}

/** None is listed. One that an earlier attempt may have made would be, when the list has had its time. */
async function begin(
  { client, settings }: Provider,
  place: Place,
  login: Login,
  soFar: Grant | undefined,
  call: Call
): Promise<Bound> {
  const lag = settings.listLagSeconds
  const since = soFar?.handle['quietSince']
  const mayCome = since === undefined && (call.attempt > 1 || soFar?.handle['user'] !== undefined)
  const quietSince = mayCome ? call.now.toISOString() : since
  const left = typeof quietSince === 'string' ? secondsLeft(quietSince, lag, call.now) : 0
  if (left > 0) {
    return pending({ ...(soFar?.handle ?? { v: 1 }), quietSince: String(quietSince) })
  }
  const description = describeUser({
    name: place.name,
    mark: markAt(place),
    role: { kind: 'binding', login: login.name }
  })
  const user = await client.createUser(call, description)
  return pending({ v: 1, user: user.id })
}

function pending(handle: Grant['handle']): Bound {
  return { state: 'pending', grant: { handle } }
}

/** Keys and policies reach the object storage a moment later; the policy is one text, so what it denies is denied by then too. */
async function open({ settings }: Provider, place: Place, keys: Keys, call: Call): Promise<boolean> {
  try {
    await call.s3(accessTo(settings, place, keys)).head()
    return true
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'denied')) throw error
    call.note('the keys of the binding do not work yet')
    return false
  }
}

/** Told as gone only when its users are no longer listed. */
export async function unbind(
  { client, settings }: Provider,
  place: Place,
  login: Login,
  grant: Grant | undefined,
  call: Call
): Promise<void> {
  const { bindings } = await usersOf(client, place, call)
  const mine = bindings.filter((each) => each.login === login.name)
  for (const each of mine) await removeUser(client, each, call)
  if (mine.length > 0) throw notYet('the user at OVHcloud is being deleted')
  // A bind that was broken off may have asked for one that no list shows yet.
  const mayCome = grant === undefined && call.attempt === 1 && settings.listLagSeconds > 0
  if (mayCome)
    throw notYet('an earlier request may still become visible', {
      retryAfterSeconds: settings.listLagSeconds
    })
}

function notYet(text: string, options: FailureOptions = {}): ProviderFailure {
  return new ProviderFailure('unavailable', text, options)
}
