import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Bucket } from '../../src/contract/s3.ts'
import { httpPort } from '../../src/transport/http.ts'
import { s3Port } from '../../src/transport/s3.ts'
import { freshName } from '../conformance/fresh.ts'
import type { ObjectStore, StoreKey } from './radosgw.ts'

const forever = new AbortController().signal

/** How an account gets at a bucket of the store. */
export function accessOf(store: ObjectStore, key: StoreKey, bucket = freshName('p')): ObjectStorageAccess {
  const { endpoint, region } = store
  return { kind: 'object-storage', endpoint, region, bucket, ...key, pathStyle: true, network: 'private' }
}

export function bucketAt(access: ObjectStorageAccess): Bucket {
  return s3Port({ signal: forever })(access)
}

/** A multipart upload that is never completed. */
export async function beginUpload(access: ObjectStorageAccess, key: string): Promise<void> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = access
  const { status } = await httpPort({ signal: forever, network: 'private' }).send({
    method: 'POST',
    url: new URL(`${endpoint}/${bucket}/${key}?uploads`),
    sign: { service: 's3', region, accessKeyId, secretAccessKey }
  })
  if (status !== 200) throw new Error(`the upload was not begun: ${status}`)
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
  store: ObjectStore,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string
): Promise<{ readonly status: number; readonly body: JsonObject | undefined }> {
  const { endpoint, region, owner } = store
  const { status, body } = await httpPort({ signal: forever, network: 'private' }).send({
    method,
    url: new URL(`${endpoint}/admin/${path}`),
    sign: { service: 's3', region, ...owner }
  })
  return { status, body: body as JsonObject | undefined }
}
