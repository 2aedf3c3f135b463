import type { Handle, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import { readMarkTags } from '../../src/contract/mark-tags.ts'
import { tagsOfOwn } from '../../src/contract/own-bucket.ts'
import type { Call } from '../../src/contract/ports.ts'
import { accessTo } from './bucket-access.ts'
import type { Client } from './client.ts'
import { foreign } from './create.ts'
import { readHandle } from './handle.ts'
import type { Settings } from './settings.ts'
import { removeUsers } from './users.ts'

/**
 * The users first, with every key; the bucket with the mark last. The family has emptied it before; one that is not empty stays,
 * by the rules of S3 itself.
 */
export async function destroy(
  settings: Settings,
  client: Client | undefined,
  handle: Handle,
  call: Call
): Promise<Sighting> {
  const place = readHandle(handle)
  const bucket = call.s3(accessTo(settings, place.name))
  const tags = await tagsOfOwn(bucket, place.name)
  const isBare = tags === undefined || Object.keys(tags).length === 0
  if (!isBare && !isSameMark(readMarkTags(tags), place.mark)) throw foreign()
  if (client !== undefined) await removeUsers(client, place, call)
  if (tags !== undefined) await goneIsFine(bucket.delete())
  return { state: 'gone' }
}

async function goneIsFine(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
  }
}
