import type { ObjectStorageAccess } from '../../contract/access.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Names, Unfinished } from '../../contract/family.ts'
import { isSameMark } from '../../contract/mark.ts'
import { MARK_TAGS, readMarkTags } from '../../contract/mark-tags.ts'
import { tagsOfOwn } from '../../contract/own-bucket.ts'
import type { Call } from '../../contract/ports.ts'
import type { Bucket, ObjectVersion } from '../../contract/s3.ts'

/** What one step removes at most; each upload is a request of its own. */
const VERSIONS = 1000
const UPLOADS = 50

/**
 * Empties the bucket, a piece at a time: every version, every delete marker, every upload that was never completed. The bucket itself
 * is the driver's. One without our mark is left alone: a half-made one of ours is empty.
 */
export async function release(
  access: ObjectStorageAccess,
  names: Names,
  call: Call
): Promise<Unfinished | undefined> {
  const bucket = call.s3(access)
  const tags = await tagsOfOwn(bucket, access.bucket)
  if (tags === undefined) return undefined
  const mark = readMarkTags(tags)
  if (mark === undefined) return refuseUnmarked(bucket)
  if (!isSameMark(mark, names.mark)) {
    throw new ProviderFailure('conflict', 'The bucket of this instance carries the mark of another one.')
  }
  const versions = await bucket.versions(VERSIONS)
  await refuseLocked(bucket, versions)
  const uploads = await bucket.uploads(UPLOADS)
  if (versions.length === 0 && uploads.length === 0) return undefined
  if (versions.length > 0) refuseLeft(await bucket.deleteVersions(versions))
  for (const upload of uploads) await goneIsFine(bucket.abortUpload(upload))
  const removed = `${versions.length} versions and ${uploads.length} uploads`
  return { note: `the bucket is being emptied: ${removed} removed just now` }
}

/** What the driver's destroy would hear is only that the bucket is not empty. */
async function refuseUnmarked(bucket: Bucket): Promise<undefined> {
  const [first] = await bucket.versions(1)
  if (first === undefined) return undefined
  throw new ProviderFailure(
    'conflict',
    `The bucket of this instance is not emptied, because its tags have no mark (${MARK_TAGS.join(', ')}), and it has ${told(first.key)}.`
  )
}

/** Before anything is removed: a bucket that cannot be emptied keeps all that is in it. */
async function refuseLocked(bucket: Bucket, versions: readonly ObjectVersion[]): Promise<void> {
  const objects = versions.filter(({ isMarker }) => !isMarker)
  const [first] = objects
  if (first === undefined || !(await bucket.hasObjectLock())) return
  throw new ProviderFailure(
    'conflict',
    `The bucket is under object lock and not empty: ${await holdOf(bucket, objects)}. Whoever may remove its objects has to do so first.`
  )
}

const HOLDS_LOOKED_FOR = 10

/** The first object that is held, and by what. */
async function holdOf(bucket: Bucket, objects: readonly ObjectVersion[]): Promise<string> {
  for (const object of objects.slice(0, HOLDS_LOOKED_FOR)) {
    const until = await bucket.retention(object)
    if (until !== undefined) return `${told(object.key)} is kept until ${until.toISOString()}`
    if (await bucket.legalHold(object)) return `${told(object.key)} is under a legal hold`
  }
  return `it has ${told(objects[0]?.key ?? '')}`
}

/** A tenant chose it. */
function told(key: string): string {
  return JSON.stringify(key.slice(0, 100))
}

function refuseLeft(left: Awaited<ReturnType<Bucket['deleteVersions']>>): void {
  const [first] = left
  if (first === undefined) return
  const isRefused = first.code === 'AccessDenied'
  throw new ProviderFailure(
    isRefused ? 'conflict' : 'unavailable',
    `The object storage keeps ${left.length} objects of the bucket, ${told(first.key)} among them (${first.code}).`
  )
}

async function goneIsFine(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
  }
}
