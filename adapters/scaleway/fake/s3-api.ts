import { createHash } from 'node:crypto'
import type { Need } from '../../../test/support/fake/s3-actions.ts'
import {
  type Behind,
  forward,
  type S3Asked,
  S3Problem,
  type S3Reply
} from '../../../test/support/fake/s3-front.ts'
import { allows, readBucketPolicy } from './bucket-policy.ts'
import { permissionSetsOf } from './iam-world.ts'
import { objectBacking } from './object-backing.ts'
import type { FakeBucket } from './resources.ts'
import type { World } from './world.ts'

const READS = [
  'ListBucket',
  'ListBucketVersions',
  'ListBucketMultipartUploads',
  'ListMultipartUploadParts',
  'GetObject',
  'GetObjectVersion',
  'GetObjectAcl',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'GetObjectVersionTagging',
  'GetBucketObjectLockConfiguration'
]
const BUCKET_READS = [
  'ListAllMyBuckets',
  'HeadBucket',
  'GetBucketAcl',
  'GetBucketCORS',
  'GetLifecycleConfiguration',
  'GetBucketLocation',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetBucketWebsite'
]

/** https://www.scaleway.com/en/docs/object-storage/reference-content/s3-iam-permissions-equivalence/ */
const SETS: Readonly<Record<string, readonly string[]>> = {
  ObjectStorageFullAccess: ['*'],
  ObjectStorageReadOnly: [...READS, ...BUCKET_READS, 'GetBucketPolicy'],
  ObjectStorageBucketsRead: BUCKET_READS,
  ObjectStorageBucketsWrite: [
    'CreateBucket',
    'PutBucketAcl',
    'PutBucketCORS',
    'PutLifecycleConfiguration',
    'PutBucketTagging',
    'PutBucketVersioning',
    'PutBucketWebsite',
    'DeleteBucketWebsite'
  ],
  ObjectStorageBucketsDelete: ['DeleteBucket'],
  ObjectStorageBucketPolicyFullAccess: ['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy'],
  ObjectStorageObjectsRead: READS,
  ObjectStorageObjectsWrite: [
    'PutObject',
    'PutObjectAcl',
    'PutObjectLegalHold',
    'PutObjectRetention',
    'PutObjectTagging',
    'DeleteObjectTagging',
    'PutBucketObjectLockConfiguration',
    'RestoreObject'
  ],
  ObjectStorageObjectsDelete: ['DeleteObject', 'DeleteObjectVersion', 'AbortMultipartUpload']
}

/** Who signs by this key; a new one is not known at once. `SCW…@PROJECT` names another project than the key's own. */
export function secretOf({ iam }: World, credential: string): string | undefined {
  const key = iam.keys.get(credential.split('@')[0] ?? '')
  if (key === undefined) return undefined
  if (key.lateFor === 0) return key.secretKey
  key.lateFor -= 1
  return undefined
}

/** Object storage: IAM and the bucket's policy both have to allow a request, then the real store answers it. */
export async function s3Api(world: World, asked: S3Asked): Promise<S3Reply> {
  const who = whoIs(world, asked.credential)
  if (asked.bucket === '') {
    if (asked.method !== 'GET' || !mayByIam(world, who, 's3:ListAllMyBuckets')) throw denied()
    return listBuckets(world, asked.region)
  }
  for (const need of asked.needs) refuse(world, who, need, asked.region)
  const behind = (await objectBacking()).project
  const [{ action } = { action: '' }] = asked.needs
  const bucket = world.buckets.get(asked.bucket)
  if (action === 's3:CreateBucket') return createBucket(world, asked, behind)
  if (action === 's3:DeleteBucket') return deleteBucket(world, asked, behind)
  if (bucket && action.endsWith('BucketPolicy')) return onPolicy(world, bucket, asked)
  return forward(asked, behind)
}

interface Who {
  readonly application: string
  readonly project: string
}

function whoIs({ iam }: World, credential: string): Who {
  const [id = '', project] = credential.split('@')
  const key = iam.keys.get(id)
  if (key === undefined) throw denied()
  return { application: key.application, project: project ?? key.projectId }
}

function mayByIam({ iam, projectId }: World, { application, project }: Who, action: string): boolean {
  if (project !== projectId) return false
  const sets = [...permissionSetsOf(iam, application, project)].flatMap((name) => SETS[name] ?? [])
  return sets.includes('*') || sets.includes(action.replace('s3:', ''))
}

function refuse(world: World, who: Who, need: Need, region: string): void {
  const bucket = world.buckets.get(need.bucket)
  if (need.action === 's3:CreateBucket') {
    if (!mayByIam(world, who, need.action)) throw denied()
    return
  }
  if (bucket === undefined) throw new S3Problem(404, 'NoSuchBucket')
  if (bucket.isForeign || !mayByIam(world, who, need.action)) throw denied()
  if (bucket.region !== region) throw new S3Problem(404, 'NoSuchBucket')
  // Who may read policies sees also one that locks them out.
  const isFree = bucket.policy === undefined || need.action === 's3:GetBucketPolicy'
  if (!isFree && bucket.policy && !allows(bucket.policy, who.application, need)) throw denied()
}

function listBuckets({ buckets }: World, region: string): S3Reply {
  const own = [...buckets.values()].filter((each) => !each.isForeign && each.region === region)
  const listed = own.map(({ name }) => `<Bucket><Name>${name}</Name></Bucket>`).join('')
  return xml(`<ListAllMyBucketsResult><Buckets>${listed}</Buckets></ListAllMyBucketsResult>`)
}

async function createBucket(world: World, asked: S3Asked, behind: Behind): Promise<S3Reply> {
  const { bucket: name, region } = asked
  const there = world.buckets.get(name)
  if (there) throw new S3Problem(409, there.isForeign ? 'BucketAlreadyExists' : 'BucketAlreadyOwnedByYou')
  const [, wanted = region] =
    /<LocationConstraint>(.*)<\/LocationConstraint>/.exec(asked.body.toString('utf8')) ?? []
  if (wanted !== region) throw new S3Problem(400, 'InvalidLocationConstraint')
  const ours = [...world.buckets.values()].filter(({ isForeign }) => !isForeign)
  if (ours.length >= world.scene.quota) throw new S3Problem(400, 'TooManyBuckets')
  // The store behind has one place only, and does not call it so.
  const { 'content-md5': _hash, 'content-type': _type, ...headers } = asked.headers
  const made = await forward({ ...asked, headers, body: Buffer.alloc(0) }, behind)
  if (made.status < 300) world.buckets.set(name, { name, region, isForeign: false })
  return made
}

async function deleteBucket(world: World, asked: S3Asked, behind: Behind): Promise<S3Reply> {
  const gone = await forward(asked, behind)
  if (gone.status < 300) world.buckets.delete(asked.bucket)
  return gone
}

function onPolicy(world: World, bucket: FakeBucket, { method, body, headers }: S3Asked): S3Reply {
  if (method === 'GET') {
    if (bucket.policy === undefined) throw new S3Problem(404, 'NoSuchBucketPolicy')
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: bucket.policy.text }
  }
  if (method === 'DELETE') {
    delete bucket.policy
    return { status: 204 }
  }
  const hash = createHash('md5').update(body).digest('base64')
  if (headers['content-md5'] !== hash) throw new S3Problem(400, 'InvalidRequest', 'Missing required header')
  const policy = readBucketPolicy(body.toString('utf8'), bucket.name)
  if (world.scene.strangePrincipals > 0 && policy.statements.length > 1) {
    world.scene.strangePrincipals -= 1
    throw new S3Problem(400, 'MalformedPolicy', 'Invalid principal in policy')
  }
  bucket.policy = policy
  return { status: 200 }
}

function xml(body: string): S3Reply {
  const head = `<?xml version='1.0' encoding='UTF-8'?>\n`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: `${head}${body}` }
}

function denied(): S3Problem {
  return new S3Problem(403, 'AccessDenied', 'Access Denied')
}
