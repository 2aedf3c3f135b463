import { ProviderFailure } from '../../../src/contract/errors.ts'
import { isSameMark } from '../../../src/contract/mark.ts'
import { readMarkTags } from '../../../src/contract/mark-tags.ts'
import { tagsOfOwn } from '../../../src/contract/own-bucket.ts'
import type { Call } from '../../../src/contract/ports.ts'
import { S3Code } from '../../../src/contract/s3.ts'
import type { Client } from '../client.ts'
import type { Settings } from '../settings.ts'
import type { ProjectUser } from '../types.ts'
import { accessTo } from './access.ts'
import { markAt, type Place } from './place.ts'
import { isReady, keysOf } from './users.ts'

/** The provider, as it was configured. */
export interface Provider {
  readonly client: Client
  readonly settings: Settings
}

export type Tags = Readonly<Record<string, string>>

/**
 * The tags of the bucket; undefined: it is not there. Its owner's keys see it at once; the list, which may lag, is asked only where there
 * are none: then nobody can have asked for it a moment ago.
 */
export async function tagsOf(
  provider: Provider,
  place: Place,
  owner: ProjectUser | undefined,
  call: Call
): Promise<Tags | undefined> {
  const { client, settings } = provider
  const keys = owner !== undefined && isReady(owner) ? await keysOf(client, owner.id, call) : undefined
  if (keys === undefined) return listedTags(client, place, call)
  try {
    return await tagsOfOwn(call.s3(accessTo(settings, place, keys)), place.name)
  } catch (error) {
    if (isUnknownKey(error)) return listedTags(client, place, call)
    throw error
  }
}

/** By the list, which has the buckets of everyone in the project. */
export async function listedTags(client: Client, place: Place, call: Call): Promise<Tags | undefined> {
  const all = await client.buckets(call, place.region)
  if (!all.some(({ name }) => name === place.name)) return undefined
  return (await client.bucket(call, place.region, place.name)).tags
}

/** The object storage hears of new keys a moment later. */
export function isUnknownKey(error: unknown): boolean {
  return (
    error instanceof ProviderFailure &&
    error.cause instanceof S3Code &&
    error.cause.code === 'InvalidAccessKeyId'
  )
}

export function isBare(tags: Tags): boolean {
  return Object.keys(tags).length === 0
}

export function refuseForeign(tags: Tags, place: Place): void {
  if (isSameMark(readMarkTags(tags), markAt(place))) return
  throw new ProviderFailure(
    'conflict',
    'A bucket with the name of this instance exists and carries another mark.'
  )
}
