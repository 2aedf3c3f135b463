import type { JsonObject } from './json.ts'

/** The code of an error that an S3 endpoint answered with, e.g. `NoSuchBucket`; `HTTP 502` where it told none. */
export class S3Code extends Error {
  override readonly name = 'S3Code'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** One version of an object, or a delete marker; in a bucket without versioning the version is `null`. */
export interface ObjectVersion {
  readonly key: string
  readonly version: string
  readonly isMarker: boolean
}

/** A multipart upload that was neither completed nor aborted. */
export interface Upload {
  readonly key: string
  readonly id: string
}

/**
 * One bucket. Each method is one request of the S3 API, never repeated by itself. Throws `ProviderFailure` whose `cause` is an
 * `S3Code` where the endpoint told one: `not-found` for a bucket that is not there, `conflict` for a name that is taken or a
 * bucket that is not empty, `denied` for a refused key.
 */
export interface Bucket {
  head(): Promise<void>
  /** Of one's own that stands already most endpoints say that it was made. */
  create(options?: { readonly objectLock?: true }): Promise<void>
  /** Only an empty one: no version, no marker. */
  delete(): Promise<void>
  /** `{}` where none were ever set. */
  tags(): Promise<Readonly<Record<string, string>>>
  /** All of them. */
  setTags(tags: Readonly<Record<string, string>>): Promise<void>
  /** `undefined`: there is none. */
  policy(): Promise<JsonObject | undefined>
  setPolicy(policy: JsonObject): Promise<void>
  /** `never`: it was never switched on, and objects have no versions. */
  versioning(): Promise<'on' | 'suspended' | 'never'>
  /** It can be suspended, never taken back. */
  setVersioning(state: 'on' | 'suspended'): Promise<void>
  /** Whether the bucket was made so that its objects can be locked. */
  hasObjectLock(): Promise<boolean>
  /** The first versions and markers, at most `limit` (1000): who removes them asks again. */
  versions(limit?: number): Promise<readonly ObjectVersion[]>
  /** The first uploads, at most `limit` (1000). */
  uploads(limit?: number): Promise<readonly Upload[]>
  /** At most 1000. Answers those that stay, each with its code. */
  deleteVersions(
    versions: readonly ObjectVersion[]
  ): Promise<readonly { readonly key: string; readonly version: string; readonly code: string }[]>
  abortUpload(upload: Upload): Promise<void>
  retention(object: ObjectVersion): Promise<Date | undefined>
  legalHold(object: ObjectVersion): Promise<boolean>
  put(key: string, content: string): Promise<void>
  get(key: string): Promise<string>
  /** The names of all buckets of the account, not only of this one. */
  accountBuckets(): Promise<readonly string[]>
}
