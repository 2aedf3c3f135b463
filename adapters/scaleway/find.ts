import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { type Located, markAt, type Place } from './place.ts'
import type { Server, Servers } from './servers.ts'
import { isMarked, resourceTag } from './tags.ts'

/** Every instance with our mark, the oldest first. The filter only narrows; what counts is compared here. */
export async function findMarked<S extends Server>(
  client: Servers<S>,
  place: Place,
  call: Call
): Promise<readonly S[]> {
  const found: S[] = []
  for await (const each of client.instances(call, place.region, { tag: resourceTag(place.resource) })) {
    if (isMarked(each.tags, markAt(place))) found.push(each)
  }
  return found.toSorted(byAge)
}

function byAge(one: Server, other: Server): number {
  const apart = Date.parse(one.createdAt) - Date.parse(other.createdAt)
  if (apart !== 0) return apart
  return one.id < other.id ? -1 : 1
}

/** Names are not unique at Scaleway, but ours are random: the same name without our mark is not an accident. */
export async function refuseForeign(client: Servers, place: Place, call: Call): Promise<void> {
  for await (const each of client.instances(call, place.region, { name: place.name })) {
    if (each.name === place.name && !isMarked(each.tags, markAt(place))) {
      throw new ProviderFailure(
        'conflict',
        `an instance named ${place.name} at Scaleway is not this broker's`
      )
    }
  }
}

/** The instance under its id; undefined when there is none. Throws `conflict` when it has another mark. */
export async function lookAt<S extends Server>(
  client: Servers<S>,
  place: Located,
  call: Call
): Promise<S | undefined> {
  const instance = await absentAsUndefined(client.instance(call, place.region, place.id))
  if (instance && !isMarked(instance.tags, markAt(place))) {
    throw new ProviderFailure(
      'conflict',
      `the instance ${place.id} at Scaleway does not carry this broker's mark`
    )
  }
  return instance
}

export async function removeInstance(
  client: Servers,
  region: string,
  instance: Server,
  call: Call
): Promise<void> {
  if (instance.status === 'deleting') return
  await absentAsUndefined(client.deleteInstance(call, region, instance.id))
}

export function hasId(place: Place): place is Located {
  return place.id !== undefined
}

export async function absentAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'not-found') return undefined
    throw error
  }
}
