import type { Handle, Sighting } from '../../../src/contract/adapter.ts'
import { isSameMark } from '../../../src/contract/mark.ts'
import { readMarkTags } from '../../../src/contract/mark-tags.ts'
import type { Call } from '../../../src/contract/ports.ts'
import { secondsLeft } from '../place.ts'
import { removeApplications } from './applications.ts'
import { foreign } from './create.ts'
import { goneIsFine } from './gone.ts'
import { isWhole, readHandle, toHandle } from './handle.ts'
import { ownTags } from './own-tags.ts'
import { accessTo, type Store } from './store.ts'

/**
 * The keys first, then rights and applications; the bucket with the mark last. The family has emptied it before; one that is not empty
 * stays, by the rules of S3 itself.
 */
export async function destroy(store: Store, handle: Handle, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const bucket = call.s3(accessTo(store, place.region, place.name))
  const tags = await ownTags(bucket, place.name)
  const isBare = tags === undefined || Object.keys(tags).length === 0
  if (!isBare && !isSameMark(readMarkTags(tags), place.mark)) throw foreign()
  await removeApplications(store, place, call)
  // What was asked for a moment ago may be in no list yet.
  const absentSince = place.absentSince ?? call.now.toISOString()
  const left = isWhole(place) ? 0 : secondsLeft(absentSince, store.listLagSeconds, call.now)
  if (left > 0) {
    const note = 'an earlier request may still become visible'
    return { state: 'pending', handle: toHandle({ ...place, absentSince }), lookAgainInSeconds: left, note }
  }
  if (tags !== undefined) await goneIsFine(bucket.delete())
  return { state: 'gone' }
}
