import { isDeepStrictEqual } from 'node:util'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { isObject } from '../../../src/contract/read.ts'
import { type Bucket, S3Code } from '../../../src/contract/s3.ts'
import { ACCESSES, type Access, type Place } from './handle.ts'

/** https://www.scaleway.com/en/docs/object-storage/api-cli/bucket-policy/#bucket-policies-versions */
const VERSION = '2023-04-17'

const READ = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetObjectTagging',
  's3:GetObjectVersionTagging'
]
const WRITE = [
  's3:ListBucketMultipartUploads',
  's3:ListMultipartUploadParts',
  's3:PutObject',
  's3:PutObjectTagging',
  's3:DeleteObjectTagging',
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:DeleteObjectVersion'
]

const ACTIONS: Readonly<Record<Access, readonly string[]>> = {
  'read-write': [...READ, ...WRITE],
  'read-only': READ
}

/**
 * Who may do what in the bucket: with a policy of this version nobody else may do anything, whatever IAM says, the broker included.
 * So its own statement is always there. No right of an application changes policy, tags, versioning or lists of the bucket.
 */
export function policyOf(bucket: string, broker: string, applications: Place['applications']): JsonObject {
  const resource = [bucket, `${bucket}/*`]
  const allow = (sid: string, principal: string, actions: readonly string[]): JsonObject => ({
    Sid: sid,
    Effect: 'Allow',
    Principal: { SCW: principal },
    Action: [...actions],
    Resource: resource
  })
  const bound = ACCESSES.flatMap((access) => {
    const id = applications[access]
    return id === undefined ? [] : [allow(access, `application_id:${id}`, ACTIONS[access])]
  })
  return { Version: VERSION, Id: 'portolan', Statement: [allow('broker', broker, ['s3:*']), ...bound] }
}

/** Puts it back when somebody has changed it. False: an application in it is so new that the object storage does not know it yet. */
export async function keepPolicy(bucket: Bucket, wanted: JsonObject): Promise<boolean> {
  if (isSamePolicy(await bucket.policy(), wanted)) return true
  try {
    await bucket.setPolicy(wanted)
    return true
  } catch (error) {
    const cause = error instanceof ProviderFailure ? error.cause : undefined
    if (cause instanceof S3Code && cause.code === 'MalformedPolicy') return false
    throw error
  }
}

/** In whatever order, and whether a list of one is told as a list: what is allowed is compared, not how it is written. */
export function isSamePolicy(one: JsonObject | undefined, other: JsonObject): boolean {
  return one !== undefined && isDeepStrictEqual(plain(one), plain(other))
}

function plain({ Version, Statement }: JsonObject): Json {
  const statements = listOf(Statement).map((each) => {
    if (!isObject(each)) return each
    const { Sid: _sid, Principal, Action, Resource, ...rest } = each
    const principal = isObject(Principal) ? { SCW: texts(Principal['SCW']) } : (Principal ?? null)
    return { ...rest, Principal: principal, Action: texts(Action), Resource: texts(Resource) }
  })
  return { Version: Version ?? null, Statement: statements.toSorted(byText) }
}

function byText(one: Json, other: Json): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other))
}

function texts(value: Json | undefined): string[] {
  return listOf(value).map(String).toSorted()
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as readonly Json[]) : [value]
}
