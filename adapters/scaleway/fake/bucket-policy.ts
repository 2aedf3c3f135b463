import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { isObject } from '../../../src/contract/read.ts'
import type { Need } from '../../../test/support/fake/s3-actions.ts'
import { S3Problem } from '../../../test/support/fake/s3-front.ts'
import { isJsonObject, parseJson } from '../../../test/support/fake/serve.ts'

/** Of https://www.scaleway.com/en/docs/object-storage/api-cli/bucket-policy/#action */
const ACTIONS = new Set([
  '*',
  's3:*',
  ...[
    'DeleteBucketWebsite',
    'GetBucketAcl',
    'GetBucketCORS',
    'GetBucketLocation',
    'GetBucketObjectLockConfiguration',
    'GetBucketTagging',
    'GetBucketVersioning',
    'GetBucketWebsite',
    'GetLifecycleConfiguration',
    'ListBucket',
    'ListBucketMultipartUploads',
    'ListBucketVersions',
    'PutBucketAcl',
    'PutBucketCORS',
    'PutBucketObjectLockConfiguration',
    'PutBucketTagging',
    'PutBucketVersioning',
    'PutBucketWebsite',
    'PutLifecycleConfiguration',
    'AbortMultipartUpload',
    'DeleteObject',
    'DeleteObjectTagging',
    'DeleteObjectVersion',
    'DeleteObjectVersionTagging',
    'GetObject',
    'GetObjectAcl',
    'GetObjectLegalHold',
    'GetObjectRetention',
    'GetObjectTagging',
    'GetObjectVersion',
    'GetObjectVersionTagging',
    'ListMultipartUploadParts',
    'PutObject',
    'PutObjectAcl',
    'PutObjectLegalHold',
    'PutObjectRetention',
    'PutObjectTagging',
    'PutObjectVersionTagging',
    'RestoreObject'
  ].map((name) => `s3:${name}`)
])

const PRINCIPAL = /^(user_id|application_id):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

interface Statement {
  readonly principals: readonly string[]
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

/** Names and actions are sorted, and nothing else. */
function retold(json: Json, name = ''): Json {
  if (Array.isArray(json)) {
    const items = (json as readonly Json[]).map((each) => retold(each))
    return name === 'Action' ? items.map(String).toSorted() : items
  }
  if (!isObject(json)) return json
  const names = Object.keys(json).toSorted()
  return Object.fromEntries(names.map((each) => [each, retold(json[each] ?? null, each)]))
}

export interface BucketPolicy {
  /** As Scaleway tells it: what was put, in an order of its own. */
  readonly text: string
  readonly statements: readonly Statement[]
}

/** Only the version of today is taken, and nothing of it that the adapter has no use for. */
export function readBucketPolicy(text: string, bucket: string): BucketPolicy {
  const policy = parseJson(text)
  if (!isJsonObject(policy)) throw malformed('Policies must be valid JSON')
  if (policy['Version'] !== '2023-04-17') {
    throw malformed('application_id Principal is supported in the bucket-policy versions 2023-04-17')
  }
  const unknown = Object.keys(policy).find((name) => !['Version', 'Id', 'Statement'].includes(name))
  if (unknown !== undefined) throw malformed(`Policy has unknown element ${unknown}`)
  const statements = listOf(policy['Statement']).map((each) => readStatement(each, bucket))
  return { text: JSON.stringify(retold(policy)), statements }
}

function readStatement(json: Json, bucket: string): Statement {
  if (!isObject(json)) throw malformed('Policy has invalid statement')
  const { Sid, Effect, Principal, Action, Resource, ...more } = json
  if (Object.keys(more).length > 0 || typeof Sid !== 'string') throw malformed('Policy has invalid statement')
  if (Effect !== 'Allow') throw malformed('Policy has invalid effect')
  const principals = listOf(isObject(Principal) ? Principal['SCW'] : Principal).map(String)
  const actions = listOf(Action).map(String)
  const resources = listOf(Resource).map(String)
  if (!principals.every((each) => each === '*' || PRINCIPAL.test(each)))
    throw malformed('Invalid principal in policy')
  if (!actions.every((each) => ACTIONS.has(each))) throw malformed('Policy has invalid action')
  if (!resources.every((each) => each === bucket || each.startsWith(`${bucket}/`))) {
    throw malformed('Policy has invalid resource')
  }
  return { principals, actions, resources }
}

/** What no statement allows is denied, whoever asks. */
export function allows(
  { statements }: BucketPolicy,
  application: string,
  { action, bucket, key }: Need
): boolean {
  const who = `application_id:${application}`
  const what = action === 's3:HeadBucket' ? 's3:ListBucket' : action
  return statements.some(
    ({ principals, actions, resources }) =>
      (principals.includes('*') || principals.includes(who)) &&
      (actions.includes('*') || actions.includes('s3:*') || actions.includes(what)) &&
      resources.some((each) => (key === undefined ? each === bucket : covers(each, `${bucket}/${key}`)))
  )
}

function covers(resource: string, object: string): boolean {
  return resource.endsWith('*') ? object.startsWith(resource.slice(0, -1)) : resource === object
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as readonly Json[]) : [value]
}

function malformed(message: string): S3Problem {
  return new S3Problem(400, 'MalformedPolicy', message)
}

/** For tests: what was put, as JSON. */
export function policyState(policy: BucketPolicy | undefined): JsonObject | null {
  const json = policy && parseJson(policy.text)
  return isJsonObject(json) ? json : null
}
