import type { Handle, Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'
import { descriptionOf } from './mark.ts'

/** What a handle of this driver holds. */
export type Place = {
  readonly v: 1
  readonly region: string
  readonly name: string
  readonly broker: string
  readonly resource: string
  readonly generation: number
  readonly connectionLimit?: number
  /** Of the private network that it stands in; absent: at a public address. */
  readonly networkId?: string
  readonly subnetId?: string
  /** Absent: by SQL. */
  readonly logins?: 'provider'
  /** What was ordered; OVHcloud may have given more. */
  readonly diskGb?: number
  readonly id?: string
  /** The service has been shown under its id: from then on "not found" means that it is gone. */
  readonly seen?: true
  /** Of the service's own login, shown once; absent in what `list` finds. */
  readonly password?: string
  /** When it was made (RFC 3339); until it was seen to work. */
  readonly passwordSince?: string
  /** How often the network rules were sent. */
  readonly rulesSent?: number
  /** It was asked for more than once, so there may be two. */
  readonly askedAgain?: true
  readonly made?: true
  /** Every attempt to make it had ended by then (RFC 3339). */
  readonly quietSince?: string
  /** Nothing of it was to be seen when its removal looked first (RFC 3339). */
  readonly absentSince?: string
}

/** A place whose service is known. */
export type Located = Place & { readonly id: string }

export function readPlace(handle: Handle): Place {
  if (handle.v !== 1) throw new ProviderFailure('unexpected', `a handle of version ${handle.v} is not known`)
  return {
    v: 1,
    region: textAt(handle, 'region'),
    name: textAt(handle, 'name'),
    broker: textAt(handle, 'broker'),
    resource: textAt(handle, 'resource'),
    generation: numberAt(handle, 'generation'),
    ...numbersOf(handle),
    ...textsOf(handle),
    ...(handle['logins'] === 'provider' ? { logins: 'provider' } : {}),
    ...(handle['seen'] === true ? { seen: true } : {}),
    ...(handle['askedAgain'] === true ? { askedAgain: true } : {}),
    ...(handle['made'] === true ? { made: true } : {})
  }
}

function numbersOf({ connectionLimit, diskGb, rulesSent }: Handle) {
  return {
    ...(typeof connectionLimit === 'number' ? { connectionLimit } : {}),
    ...(typeof diskGb === 'number' ? { diskGb } : {}),
    ...(typeof rulesSent === 'number' ? { rulesSent } : {})
  }
}

function textsOf({ id, networkId, subnetId, password, passwordSince, quietSince, absentSince }: Handle) {
  return {
    ...(typeof networkId === 'string' ? { networkId } : {}),
    ...(typeof subnetId === 'string' ? { subnetId } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof password === 'string' ? { password } : {}),
    ...(typeof passwordSince === 'string' ? { passwordSince } : {}),
    ...(typeof quietSince === 'string' ? { quietSince } : {}),
    ...(typeof absentSince === 'string' ? { absentSince } : {})
  }
}

function markAt(place: Place): Mark {
  return { broker: place.broker, resource: place.resource, generation: place.generation }
}

export function descriptionAt(place: Place): string {
  return descriptionOf(place.name, markAt(place))
}

/** The service it named is no longer the one: what was learnt about it goes too. */
export function withoutService(place: Place, now: Date): Place {
  const { id: _id, seen: _seen, rulesSent: _rulesSent, made: _made, ...rest } = withoutPassword(place)
  return { ...rest, quietSince: now.toISOString() }
}

export function withoutPassword<P extends Place>(place: P): Omit<P, 'password' | 'passwordSince'> {
  const { password: _password, passwordSince: _since, ...rest } = place
  return rest
}

/** Seconds that are left of `lagSeconds` since `since`. */
export function secondsLeft(since: string, lagSeconds: number, now: Date): number {
  return Math.max(0, Math.ceil(lagSeconds - (now.getTime() - Date.parse(since)) / 1000))
}
