import { failureOf } from '../contract/answers.ts'
import { type FailureKind, ProviderFailure } from '../contract/errors.ts'
import { S3Code } from '../contract/s3.ts'
import type { RawAnswer } from './exchange.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what radosgw adds. Other codes go by their status. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  NoSuchBucket: 'not-found',
  NoSuchKey: 'not-found',
  NoSuchVersion: 'not-found',
  NoSuchUpload: 'not-found',
  NoSuchTagSet: 'not-found',
  NoSuchBucketPolicy: 'not-found',
  NoSuchObjectLockConfiguration: 'not-found',
  ObjectLockConfigurationNotFoundError: 'not-found',
  BucketAlreadyExists: 'conflict',
  BucketAlreadyOwnedByYou: 'conflict',
  BucketNotEmpty: 'conflict',
  InvalidBucketState: 'conflict',
  AccessDenied: 'denied',
  AllAccessDisabled: 'denied',
  AccountProblem: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  RequestTimeTooSkewed: 'denied',
  UserSuspended: 'denied',
  TooManyBuckets: 'quota',
  QuotaExceeded: 'quota',
  SlowDown: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequests: 'throttled',
  OperationAborted: 'unavailable',
  ConcurrentModification: 'unavailable',
  RequestTimeout: 'unavailable',
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  NotImplemented: 'invalid',
  MethodNotAllowed: 'invalid',
  AuthorizationHeaderMalformed: 'invalid',
  PermanentRedirect: 'invalid',
  TemporaryRedirect: 'invalid'
}

/** What an answer that is no success means; `did`: what was asked, for people. Its own message may hold anything, so it is not told. */
export function s3Failure(answer: RawAnswer, did: string): ProviderFailure {
  const code = codeOf(answer)
  const message = `the object storage refused to ${did} (${code})`
  const usual = failureOf({ status: answer.status, headers: answer.headers, body: undefined }, message)
  const kind = Object.hasOwn(KINDS, code) ? (KINDS[code] ?? usual.kind) : usual.kind
  return new ProviderFailure(kind, message, {
    // Who has no time for a request has not done it.
    mayHaveHappened: usual.mayHaveHappened && kind !== 'throttled',
    ...(usual.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: usual.retryAfterSeconds }),
    cause: new S3Code(code, message)
  })
}

/** A HEAD has no body, and a gateway's is no XML. */
function codeOf({ status, body }: RawAnswer): string {
  const found = /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(body.toString('utf8'))
  return found?.[1] ?? `HTTP ${status}`
}
