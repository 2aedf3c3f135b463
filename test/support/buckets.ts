import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, textAt } from '../../src/contract/read.ts'
import type { Bucket } from '../../src/contract/s3.ts'
import { httpPort } from '../../src/transport/http.ts'
import { s3Port } from '../../src/transport/s3.ts'
import { loadSdk, openClient } from '../../src/transport/s3-client.ts'
import { freshName } from '../conformance/fresh.ts'
import type { ObjectStore, StoreKey } from './radosgw.ts'

const forever = new AbortController().signal

/** A store as it is known to a process that has not started it. */
export type ObjectStoreAddress = Pick<ObjectStore, 'endpoint' | 'region' | 'owner'>

/** How an account gets at a bucket of the store. */
export function accessOf(
  store: ObjectStoreAddress,
  key: StoreKey,
  bucket = freshName('p')
): ObjectStorageAccess {
  const { endpoint, region } = store
  return { kind: 'object-storage', endpoint, region, bucket, ...key, pathStyle: true, network: 'private' }
}

export function bucketAt(access: ObjectStorageAccess): Bucket {
  return s3Port({ signal: forever })(access)
}

/** A multipart upload that is never completed; of any key, as it is. */
export async function beginUpload(access: ObjectStorageAccess, key: string): Promise<void> {
  const { endpoint, region, bucket } = access
  const sdk = await loadSdk()
  const client = openClient(sdk, region, access, { endpoint, forcePathStyle: true })
  await client.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
  client.destroy()
}

/** Keeps an object until a day, or until nobody says any more that it is held. */
export async function lockObject(
  access: ObjectStorageAccess,
  object: { readonly key: string; readonly version: string },
  hold: { readonly until: Date } | { readonly legal: 'ON' | 'OFF' }
): Promise<void> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = access
  const [what, body] =
    'until' in hold
      ? [
          'retention',
          `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${hold.until.toISOString()}</RetainUntilDate></Retention>`
        ]
      : ['legal-hold', `<LegalHold><Status>${hold.legal}</Status></LegalHold>`]
  const { status, body: said } = await httpPort({ signal: forever, network: 'private' }).send({
    method: 'PUT',
    url: new URL(`${endpoint}/${bucket}/${object.key}?${what}&versionId=${object.version}`),
    headers: { 'content-type': 'application/xml' },
    body,
    sign: { service: 's3', region, accessKeyId, secretAccessKey }
  })
  if (status !== 200) throw new Error(`the object was not locked: ${status} ${JSON.stringify(said)}`)
}

/** Asks radosgw's admin API as its owner. */
export async function askAdmin(
  store: ObjectStoreAddress,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string
): Promise<{ readonly status: number; readonly body: Json | undefined }> {
  const { endpoint, region, owner } = store
  const { status, body } = await httpPort({ signal: forever, network: 'private' }).send({
    method,
    url: new URL(`${endpoint}/admin/${path}`),
    sign: { service: 's3', region, ...owner }
  })
  return { status, body }
}

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html, which radosgw has too: of what a user may, deny before allow
 * before lists. The owner needs `user-policy=*`.
 */
export async function putUserPolicy(
  { endpoint, region, owner }: ObjectStoreAddress,
  uid: string,
  document: JsonObject
): Promise<void> {
  const form = new URLSearchParams({
    Action: 'PutUserPolicy',
    UserName: uid,
    PolicyName: 'policy',
    PolicyDocument: JSON.stringify(document)
  })
  const { status } = await httpPort({ signal: forever, network: 'private' }).send({
    method: 'POST',
    url: new URL(endpoint),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    sign: { service: 's3', region, ...owner }
  })
  if (status !== 200) throw new Error(`radosgw took no policy for ${uid}: ${status}`)
}

/** Every bucket and every user that stands there. */
export async function bucketNames(
  store: ObjectStore
): Promise<{ readonly buckets: readonly string[]; readonly users: readonly string[] }> {
  const [buckets, users] = await Promise.all([
    askAdmin(store, 'GET', 'bucket'),
    askAdmin(store, 'GET', 'metadata/user')
  ])
  return { buckets: textsOf(buckets.body), users: textsOf(users.body) }
}

/** The ids of all keys of users of instances. */
export async function keysOf(store: ObjectStore): Promise<readonly string[]> {
  const { users } = await bucketNames(store)
  const ours = users.filter((user) => /^p[a-z2-7]{20}-/.test(user))
  const found = await Promise.all(ours.map((user) => askAdmin(store, 'GET', `user?uid=${user}`)))
  return found.flatMap(({ body }) =>
    isObject(body) ? arrayAt(body, 'keys').map((key) => (isObject(key) ? textAt(key, 'access_key') : '')) : []
  )
}

function textsOf(body: Json | undefined): readonly string[] {
  return Array.isArray(body) ? (body as readonly Json[]).filter((each) => typeof each === 'string') : []
}

/** The bucket as an application with these credentials has it. */
export function boundBucket(credentials: JsonObject): Bucket {
  return bucketAt({
    kind: 'object-storage',
    endpoint: textAt(credentials, 'endpoint'),
    region: textAt(credentials, 'region'),
    bucket: textAt(credentials, 'bucket'),
    ...keyOf(credentials),
    network: 'private',
    ...(credentials['path_style'] === true ? { pathStyle: true } : {})
  })
}

/** The key of an application with these credentials. */
export function keyOf(credentials: JsonObject): StoreKey {
  return {
    accessKeyId: textAt(credentials, 'access_key_id'),
    secretAccessKey: textAt(credentials, 'secret_access_key')
  }
}

/** Requests that the port has no method for, as an application with these credentials; their status. */
export async function sendAs(
  credentials: JsonObject,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string
): Promise<number> {
  const { status } = await httpPort({ signal: forever, network: 'private' }).send({
    method,
    url: new URL(`${textAt(credentials, 'endpoint')}${path}`),
    headers: { 'content-type': 'application/xml', ...headers },
    ...(body === undefined ? {} : { body }),
    sign: { service: 's3', region: textAt(credentials, 'region'), ...keyOf(credentials) }
  })
  return status
}

/** Everything that somebody may try with another's bucket, in which there is this key. */
export function attemptsAt(bucket: Bucket, key: string): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    head: () => bucket.head(),
    get: () => bucket.get(key),
    put: () => bucket.put(key, 'mine'),
    list: () => bucket.versions(),
    uploads: () => bucket.uploads(),
    tags: () => bucket.tags(),
    policy: () => bucket.policy(),
    delete: () => bucket.delete()
  }
}

/** False only when it was refused; rejects for any other reason. */
export async function succeeds(request: Promise<unknown>): Promise<boolean> {
  try {
    await request
    return true
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'denied') return false
    throw error
  }
}
