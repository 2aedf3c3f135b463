import { ProviderFailure } from '../../../src/contract/errors.ts'
import { tagsOfOwn } from '../../../src/contract/own-bucket.ts'
import { type Bucket, S3Code } from '../../../src/contract/s3.ts'

/** As `tagsOfOwn`; a refusal says what it means at Scaleway, where a bucket's policy can keep its own project out. */
export async function ownTags(
  bucket: Bucket,
  name: string
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return await tagsOfOwn(bucket, name)
  } catch (error) {
    const cause = error instanceof ProviderFailure ? error.cause : undefined
    if (!(cause instanceof S3Code && cause.code === 'AccessDenied')) throw error
    throw new ProviderFailure(
      'denied',
      'Scaleway closes a bucket to the broker: its policy leaves the broker out, or the key may not use object storage. The owner of the organisation can change both.',
      { cause }
    )
  }
}
