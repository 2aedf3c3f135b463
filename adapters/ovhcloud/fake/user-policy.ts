import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { isJsonObject, parseJson } from '../../../test/support/fake/serve.ts'
import { refuseUnknown } from './checks.ts'
import { invalidParameter } from './problems.ts'

/** https://help.ovhcloud.com/csm/en-gb-public-cloud-storage-s3-identity-access-management?id=kb_article_view&sysparm_article=KB0047344 */
const BUCKET_ACTIONS = [
  'CreateBucket',
  'DeleteBucket',
  'DeleteBucketTagging',
  'DeleteBucketWebsite',
  'GetBucketAcl',
  'GetBucketCORS',
  'GetBucketLocation',
  'GetBucketLogging',
  'GetBucketObjectLockConfiguration',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetBucketWebsite',
  'GetEncryptionConfiguration',
  'GetLifecycleConfiguration',
  'GetReplicationConfiguration',
  'ListAllMyBuckets',
  'ListBucket',
  'ListBucketMultipartUploads',
  'ListBucketVersions',
  'PutBucketAcl',
  'PutBucketCORS',
  'PutBucketLogging',
  'PutBucketObjectLockConfiguration',
  'PutBucketTagging',
  'PutBucketVersioning',
  'PutBucketWebsite',
  'PutEncryptionConfiguration',
  'PutLifecycleConfiguration',
  'PutReplicationConfiguration'
]
const OBJECT_ACTIONS = [
  'AbortMultipartUpload',
  'BypassGovernanceRetention',
  'DeleteObject',
  'DeleteObjectTagging',
  'GetObject',
  'GetObjectAcl',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'ListMultipartUploadParts',
  'PutObject',
  'PutObjectAcl',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'PutObjectTagging'
]
const ACTIONS = new Set(['*', ...BUCKET_ACTIONS, ...OBJECT_ACTIONS].map((action) => `s3:${action}`))

/** Actions that mean an object and its versions; radosgw has two of each. */
const WITH_VERSIONS: Readonly<Record<string, string>> = {
  's3:GetObject': 's3:GetObjectVersion',
  's3:DeleteObject': 's3:DeleteObjectVersion',
  's3:GetObjectTagging': 's3:GetObjectVersionTagging',
  's3:DeleteObjectTagging': 's3:DeleteObjectVersionTagging'
}

/** A policy as it was sent, checked, in radosgw's words. */
export function readPolicy(text: Json | undefined): JsonObject {
  const policy = typeof text === 'string' ? parseJson(text) : undefined
  if (!isJsonObject(policy)) throw invalidParameter('Given data (policy) is not a valid policy')
  refuseUnknown(policy, ['Version', 'Id', 'Statement'])
  const statements = policy['Statement']
  if (!Array.isArray(statements)) throw invalidParameter('Given data (policy) has no Statement')
  return { Version: '2012-10-17', Statement: (statements as readonly Json[]).map(readStatement) }
}

function readStatement(statement: Json): JsonObject {
  if (!isJsonObject(statement)) throw invalidParameter('Given data (policy) is not a valid policy')
  refuseUnknown(statement, ['Sid', 'Effect', 'Action', 'Resource'])
  const { Sid = '', Effect = null } = statement
  if (Effect !== 'Allow' && Effect !== 'Deny') throw invalidParameter('Given data (policy): Effect')
  const actions = textsOf(statement['Action'])
  const unknown = actions.filter((action) => !ACTIONS.has(action))
  if (actions.length === 0 || unknown.length > 0) {
    throw invalidParameter(`Given data (policy): unsupported actions (${unknown.join()})`)
  }
  const resources = textsOf(statement['Resource'])
  if (
    resources.length === 0 ||
    !resources.every((each) => each === '*' || each.startsWith('arn:aws:s3:::'))
  ) {
    throw invalidParameter('Given data (policy): Resource')
  }
  const Action = actions.flatMap((action) => [action, WITH_VERSIONS[action] ?? action])
  return { Sid, Effect, Action: [...new Set(Action)], Resource: [...resources] }
}

function textsOf(value: Json | undefined): readonly string[] {
  const all = Array.isArray(value) ? (value as readonly Json[]) : [value]
  return all.filter((each) => typeof each === 'string')
}
