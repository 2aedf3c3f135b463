import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { descriptionAt, type Located, type Place } from './place.ts'
import type { Service, User } from './types.ts'

export interface Found {
  /** With our mark, the oldest first. */
  readonly marked: readonly Service[]
  /** With our name and without our mark: ours are random, so it is not an accident. */
  readonly foreign: readonly Service[]
  /** Listed, and not shown under their ids: they are going, or so new that they may be ours. */
  readonly unshown: number
}

/** A service that is listed is shown soon, too. */
export const UNSHOWN_SECONDS = 10

/** A list is of ids only, so every service of the project is looked at. */
export async function findAll(services: Services, place: Place, call: Call): Promise<Found> {
  const marked: Service[] = []
  const foreign: Service[] = []
  let unshown = 0
  for await (const each of everyService(services, call)) {
    if (each === undefined) unshown += 1
    else if (each.description === descriptionAt(place)) marked.push(each)
    else if (each.description.includes(place.name)) foreign.push(each)
  }
  return { marked: marked.toSorted(byAge), foreign, unshown }
}

/** Undefined: an id that is listed and not shown. */
export async function* everyService(services: Services, call: Call): AsyncIterable<Service | undefined> {
  for (const id of await services.ids(call)) yield absentAsUndefined(services.service(call, id))
}

function byAge(one: Service, other: Service): number {
  const apart = Date.parse(one.createdAt) - Date.parse(other.createdAt)
  if (apart !== 0) return apart
  return one.id < other.id ? -1 : 1
}

export function refuseForeign({ foreign }: Found, place: Place): void {
  if (foreign.length === 0) return
  throw new ProviderFailure(
    'conflict',
    `a service at OVHcloud whose description has ${place.name} is not this broker's`
  )
}

/** The service under its id; undefined when there is none. Throws `conflict` when it has another mark. */
export async function lookAt(services: Services, place: Located, call: Call): Promise<Service | undefined> {
  const service = await absentAsUndefined(services.service(call, place.id))
  if (service && service.description !== descriptionAt(place)) {
    throw new ProviderFailure(
      'conflict',
      `the service ${place.id} at OVHcloud does not carry this broker's mark`
    )
  }
  return service
}

/** One that is protected is freed first, and deleted at the next look. */
export async function removeService(services: Services, service: Service, call: Call): Promise<void> {
  if (service.status === 'DELETING') return
  if (service.deletionProtection) {
    await absentAsUndefined(services.change(call, service.id, { deletionProtection: false }))
    return
  }
  await absentAsUndefined(services.remove(call, service.id))
}

/** A list is of ids only here too. */
export async function findUser(
  services: Services,
  place: Located,
  name: string,
  call: Call
): Promise<User | undefined> {
  for (const id of await services.userIds(call, place.id)) {
    const user = await absentAsUndefined(services.user(call, place.id, id))
    if (user?.username === name) return user
  }
  return undefined
}

export function hasId(place: Place): place is Located {
  return place.id !== undefined
}

/** What is new is answered with 404 for a while, and not always in the words for what is gone. */
export async function readable<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof ProviderFailure && ['not-found', 'invalid'].includes(error.kind)) return undefined
    throw error
  }
}

async function absentAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'not-found') return undefined
    throw error
  }
}
