import type { JsonObject } from '../../../src/contract/json.ts'

export type Access = 'read-write' | 'read-only'

export function accessOf(parameters: JsonObject): Access {
  return parameters['access'] === 'read-only' ? 'read-only' : 'read-write'
}

/**
 * https://help.ovhcloud.com/csm/en-gb-public-cloud-storage-s3-identity-access-management?id=kb_article_view&sysparm_article=KB0047344
 * has the actions that OVHcloud knows. There is none about a version of an object: those about the object mean its versions too.
 */
const READ = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:GetBucketLocation',
  's3:GetBucketVersioning',
  's3:GetObject',
  's3:GetObjectTagging'
]
const WRITE = [
  's3:PutObject',
  's3:PutObjectTagging',
  's3:DeleteObject',
  's3:DeleteObjectTagging',
  's3:ListBucketMultipartUploads',
  's3:ListMultipartUploadParts',
  's3:AbortMultipartUpload'
]

/** What every user of a project may unless it is denied: see the names of all buckets in it, and make its own. */
const BEYOND = ['s3:ListAllMyBuckets', 's3:CreateBucket']

/**
 * What a binding's user may, which owns nothing but the objects it writes. No right here changes tags, versioning or lists of the bucket,
 * so it can neither widen itself nor forge the mark.
 */
export function policyOf(bucket: string, access: Access): JsonObject {
  const actions = access === 'read-only' ? READ : [...READ, ...WRITE]
  return {
    Statement: [
      statement('bucket', 'Allow', actions, [arnOf(bucket), `${arnOf(bucket)}/*`]),
      statement('beyond', 'Deny', BEYOND, ['*'])
    ]
  }
}

/** Whoever owns a bucket may do everything with it, but does not own what others wrote there. */
export function ownersPolicyOf(bucket: string): JsonObject {
  const actions = [...READ, ...WRITE, 's3:GetObjectRetention', 's3:GetObjectLegalHold']
  return { Statement: [statement('bucket', 'Allow', actions, [arnOf(bucket), `${arnOf(bucket)}/*`])] }
}

function statement(
  sid: string,
  effect: 'Allow' | 'Deny',
  actions: readonly string[],
  resources: readonly string[]
): JsonObject {
  return { Sid: sid, Effect: effect, Action: [...actions], Resource: [...resources] }
}

function arnOf(bucket: string): string {
  return `arn:aws:s3:::${bucket}`
}
