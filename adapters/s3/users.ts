import { createHash } from 'node:crypto'
import type { Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { isSameMark, markText, readMark } from '../../src/contract/mark.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import type { Place } from './handle.ts'
import type { User } from './types.ts'

/** An instance has one user for each; a binding is a key of one of them. */
export const ACCESSES = ['read-write', 'read-only'] as const

export type Access = (typeof ACCESSES)[number]

export function accessOf(parameters: JsonObject): Access {
  return parameters['access'] === 'read-only' ? 'read-only' : 'read-write'
}

export function userOf(name: string, access: Access): string {
  return `${name}-${access === 'read-only' ? 'ro' : 'rw'}`
}

export async function makeUsers(client: Client, place: Place, call: Call): Promise<void> {
  for (const access of ACCESSES) {
    if ((await findUser(client, place, access, call)) !== undefined) continue
    await client.createUser(call, userOf(place.name, access), ownerText(place.mark))
  }
}

/** With every key of theirs. */
export async function removeUsers(client: Client, place: Place, call: Call): Promise<void> {
  for (const access of ACCESSES) {
    const user = await findUser(client, place, access, call)
    if (user !== undefined) await goneIsFine(client.removeUser(call, user.id))
  }
}

/**
 * Whose it is, as its display name: that is shown to whoever may list the bucket, a list that anybody may read included, and the
 * mark itself is nobody's business there.
 */
function ownerText(mark: Mark): string {
  return `portolan ${createHash('sha256').update(markText(mark)).digest('hex')}`
}

/** The broker wrote the mark itself before. */
function isOf(user: User, mark: Mark): boolean {
  return user.displayName === ownerText(mark) || isSameMark(readMark(user.displayName), mark)
}

/** One whose display name tells of another mark is a `conflict`. */
export async function findUser(
  client: Client,
  { name, mark }: Place,
  access: Access,
  call: Call
): Promise<User | undefined> {
  const user = await client.user(call, userOf(name, access))
  if (user === undefined || isOf(user, mark)) return user
  throw new ProviderFailure('conflict', 'A user with the name of this instance exists and is not ours.')
}

async function goneIsFine(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
  }
}
