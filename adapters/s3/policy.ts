import type { JsonObject } from '../../src/contract/json.ts'
import { type Access, userOf } from './users.ts'

const READ_BUCKET = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:GetBucketLocation',
  's3:GetBucketVersioning'
]
const READ_OBJECT = [
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetObjectTagging',
  's3:GetObjectVersionTagging'
]
const WRITE_BUCKET = ['s3:ListBucketMultipartUploads']
const WRITE_OBJECT = [
  's3:PutObject',
  's3:PutObjectTagging',
  's3:DeleteObjectTagging',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts'
]

/** A removal of many objects in one request is a right over the bucket for radosgw, elsewhere one over each object. */
const REMOVE = ['s3:DeleteObject', 's3:DeleteObjectVersion']

/**
 * What the users of an instance may do in its bucket, and nothing else: no right here changes the bucket's policy, tags, versioning
 * or lists, so none can widen itself or forge the mark. The account that owns the bucket does not own what its users put there.
 */
export function policyOf(bucket: string, account: string): JsonObject {
  return {
    Version: '2012-10-17',
    Statement: [
      ...statements(
        bucket,
        'read-write',
        [...READ_BUCKET, ...WRITE_BUCKET, ...REMOVE],
        [...READ_OBJECT, ...WRITE_OBJECT, ...REMOVE]
      ),
      ...statements(bucket, 'read-only', READ_BUCKET, READ_OBJECT),
      allow('owner', account, READ_OBJECT, `${arnOf(bucket)}/*`)
    ]
  }
}

function statements(
  bucket: string,
  access: Access,
  onBucket: readonly string[],
  onObjects: readonly string[]
): readonly JsonObject[] {
  const user = userOf(bucket, access)
  return [
    allow(`${access}-bucket`, user, onBucket, arnOf(bucket)),
    allow(`${access}-objects`, user, onObjects, `${arnOf(bucket)}/*`)
  ]
}

function allow(sid: string, user: string, actions: readonly string[], resource: string): JsonObject {
  const Principal = { AWS: [`arn:aws:iam:::user/${user}`] }
  return { Sid: sid, Effect: 'Allow', Principal, Action: [...actions], Resource: [resource] }
}

function arnOf(bucket: string): string {
  return `arn:aws:s3:::${bucket}`
}
