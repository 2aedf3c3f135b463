import { ProviderFailure } from '../../../src/contract/errors.ts'
import { isSameMark } from '../../../src/contract/mark.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { Client } from '../client.ts'
import type { Keys, ProjectUser } from '../types.ts'
import { type Described, readUserDescription } from './description.ts'
import { markAt, type Place } from './place.ts'

/** The users of an instance, the oldest first. */
export interface Users {
  readonly owners: readonly ProjectUser[]
  readonly bindings: readonly BindingUser[]
  /** With our name and without our mark: ours are random, so it is not an accident. */
  readonly foreign: readonly ProjectUser[]
}

export interface BindingUser extends ProjectUser {
  readonly login: string
}

/** By the list only: it has everything of everyone, and what a 404 about one user means is not documented. */
export async function usersOf(client: Client, place: Place, call: Call): Promise<Users> {
  const owners: ProjectUser[] = []
  const bindings: BindingUser[] = []
  const foreign: ProjectUser[] = []
  const all = await client.users(call)
  for (const user of all.filter(isThere).toSorted((one, other) => one.id - other.id)) {
    const described = readUserDescription(user.description)
    if (described === undefined || !isOf(place, described)) {
      if (user.id === place.owner || user.description.includes(place.name)) foreign.push(user)
    } else if (described.role.kind === 'owner') owners.push(user)
    else bindings.push({ ...user, login: described.role.login })
  }
  return { owners, bindings, foreign }
}

function isOf(place: Place, { name, mark }: Described): boolean {
  return name === place.name && isSameMark(mark, markAt(place))
}

/** A state we do not know passes. */
export function isThere({ status }: ProjectUser): boolean {
  return status !== 'deleted'
}

export function isReady({ status }: ProjectUser): boolean {
  return status === 'ok'
}

export function isGoing({ status }: ProjectUser): boolean {
  return status === 'deleting'
}

export function refuseForeignUsers({ foreign }: Users, place: Place): void {
  if (foreign.length === 0) return
  throw new ProviderFailure(
    'conflict',
    `a user at OVHcloud whose description has ${place.name} is not this broker's`
  )
}

/** Who rewrites the description of an owner takes the bucket from the broker. */
export function refuseTaken({ foreign }: Users, { owner }: Place): void {
  if (!foreign.some(({ id }) => id === owner)) return
  throw new ProviderFailure(
    'conflict',
    `the user ${owner} at OVHcloud, who owns the bucket, does not carry this broker's mark`
  )
}

/** The one that is in the handle, else the oldest; never one that is being deleted. */
export function ownerIn({ owners }: Users, place: Place): ProjectUser | undefined {
  const there = owners.filter((each) => !isGoing(each))
  return there.find(({ id }) => id === place.owner) ?? there[0]
}

/** Those of a user that has any; of several always the same. Undefined: it has none. */
export async function keysOf(client: Client, user: number, call: Call): Promise<Keys | undefined> {
  const [accessKeyId] = (await client.keyIds(call, user)).toSorted()
  if (accessKeyId === undefined) return undefined
  return { accessKeyId, secretAccessKey: await client.secretOf(call, user, accessKeyId) }
}

/** A secret can be read again, so an answer that was lost makes no second keys. */
export async function makeKeys(client: Client, user: number, call: Call): Promise<Keys> {
  return (await keysOf(client, user, call)) ?? client.createKeys(call, user)
}

/**
 * Its keys first: how long they work while it is being deleted is not known. One that is still being made is left for the next look, and
 * so is one that is being deleted.
 */
export async function removeUser(client: Client, user: ProjectUser, call: Call): Promise<void> {
  if (!isReady(user)) return
  for (const access of await client.keyIds(call, user.id)) {
    await goneIsFine(client.removeKeys(call, user.id, access))
  }
  await goneIsFine(client.removeUser(call, user.id))
}

export async function goneIsFine(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
  }
}
