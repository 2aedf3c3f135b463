import type { Handle, Mark } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import { numberAt, textAt } from '../../../src/contract/read.ts'

/** What a handle of a bucket holds. Its owner's keys are not in it: OVHcloud tells them again. */
export type Place = {
  readonly v: 1
  readonly region: string
  readonly name: string
  readonly broker: string
  readonly resource: string
  readonly generation: number
  /** `chosen`: at most the owner is there. `keyed`: it has keys. `marked`: the bucket with our tags. `made`: its settings too. */
  readonly stage: Stage
  /** The user of the project that owns the bucket. */
  readonly owner?: number
  /** It has been listed: from then on one that is not listed is gone. */
  readonly seen?: true
  /** It was asked for more than once, so there may be two. */
  readonly askedAgain?: true
  /** Every attempt to make it had ended by then (RFC 3339). */
  readonly quietSince?: string
  /** Nothing was to be seen when the removal looked first (RFC 3339). */
  readonly absentSince?: string
}

export type Stage = 'chosen' | 'keyed' | 'marked' | 'made'

/** A place whose owner is known. */
export type Owned = Place & { readonly owner: number }

export function readPlace(handle: Handle): Place {
  if (handle.v !== 1) throw new ProviderFailure('unexpected', `a handle of version ${handle.v} is not known`)
  const { owner, seen, askedAgain, quietSince, absentSince } = handle
  return {
    v: 1,
    region: textAt(handle, 'region'),
    name: textAt(handle, 'name'),
    broker: textAt(handle, 'broker'),
    resource: textAt(handle, 'resource'),
    generation: numberAt(handle, 'generation'),
    stage: textAt(handle, 'stage') as Stage,
    ...(typeof owner === 'number' ? { owner } : {}),
    ...(seen === true ? { seen } : {}),
    ...(askedAgain === true ? { askedAgain } : {}),
    ...(typeof quietSince === 'string' ? { quietSince } : {}),
    ...(typeof absentSince === 'string' ? { absentSince } : {})
  }
}

export function markAt({ broker, resource, generation }: Place): Mark {
  return { broker, resource, generation }
}

export function isOwned(place: Place): place is Owned {
  return place.owner !== undefined
}

/** The user it named is no longer the one. */
export function withoutOwner(place: Place, now: Date): Place {
  const { owner: _owner, seen: _seen, ...rest } = place
  return { ...rest, quietSince: now.toISOString() }
}
