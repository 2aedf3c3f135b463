import { ProviderFailure } from './errors.ts'
import { type Bucket, S3Code } from './s3.ts'

/**
 * The tags of a bucket of our own account; `undefined`: nobody has a bucket of that name, and the object storage said so itself. One of
 * another account is a `conflict`; that the account's key is refused is not taken for that.
 */
export async function tagsOfOwn(
  bucket: Bucket,
  name: string
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return await bucket.tags()
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    if (error.kind === 'not-found') return absent(error)
    if (error.kind !== 'denied' || (await bucket.accountBuckets()).includes(name)) throw error
    throw new ProviderFailure('conflict', 'A bucket with the name of this instance exists and is not ours.')
  }
}

/** Where no object storage is, whatever is there says 404 too. */
function absent(failure: ProviderFailure): undefined {
  const { cause, message } = failure
  if (cause instanceof S3Code && cause.code === 'NoSuchBucket') return undefined
  throw new ProviderFailure('unexpected', message, { cause })
}
