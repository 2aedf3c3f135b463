import type { Handle, Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'

/** What a handle of this driver holds. */
export type Place = {
  readonly v: 1
  /** Of a zonal product the zone. */
  readonly region: string
  readonly name: string
  readonly broker: string
  readonly resource: string
  readonly generation: number
  /** Of the instance's own login; absent in what `list` finds. */
  readonly password?: string
  /** It is not the one at Scaleway yet. */
  readonly passwordUnset?: true
  readonly connectionLimit?: number
  /** Absent: by SQL. */
  readonly logins?: 'provider'
  readonly id?: string
  /** The instance has been shown under its id: from then on "not found" means that it is gone. */
  readonly seen?: true
  /** How often the network rules were sent. */
  readonly rulesSent?: number
  readonly made?: true
  /** Every attempt to make it had ended by then (RFC 3339). */
  readonly quietSince?: string
  /** Nothing of it was to be seen when its removal looked first (RFC 3339). */
  readonly absentSince?: string
}

/** A place whose instance is known. */
export type Located = Place & { readonly id: string }

export function readPlace(handle: Handle): Place {
  if (handle.v !== 1) throw new ProviderFailure('unexpected', `a handle of version ${handle.v} is not known`)
  const { id, password, connectionLimit, rulesSent, quietSince, absentSince } = handle
  return {
    v: 1,
    region: textAt(handle, 'region'),
    name: textAt(handle, 'name'),
    broker: textAt(handle, 'broker'),
    resource: textAt(handle, 'resource'),
    generation: numberAt(handle, 'generation'),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof password === 'string' ? { password } : {}),
    ...(typeof connectionLimit === 'number' ? { connectionLimit } : {}),
    ...(typeof rulesSent === 'number' ? { rulesSent } : {}),
    ...(typeof quietSince === 'string' ? { quietSince } : {}),
    ...(typeof absentSince === 'string' ? { absentSince } : {}),
    ...(handle['logins'] === 'provider' ? { logins: 'provider' } : {}),
    ...(handle['passwordUnset'] === true ? { passwordUnset: true } : {}),
    ...(handle['seen'] === true ? { seen: true } : {}),
    ...(handle['made'] === true ? { made: true } : {})
  }
}

export function markAt(place: Place): Mark {
  return { broker: place.broker, resource: place.resource, generation: place.generation }
}

/** The instance it named is no longer the one: what was learnt about it goes too. */
export function withoutInstance(place: Place, now: Date): Place {
  const { id: _id, seen: _seen, rulesSent: _rulesSent, made: _made, ...rest } = place
  return { ...rest, quietSince: now.toISOString() }
}

/** Seconds that are left of `lagSeconds` since `since`. */
export function secondsLeft(since: string, lagSeconds: number, now: Date): number {
  return Math.max(0, Math.ceil(lagSeconds - (now.getTime() - Date.parse(since)) / 1000))
}
