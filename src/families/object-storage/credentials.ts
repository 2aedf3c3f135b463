import type { ObjectStorageAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import type { Endpoint, View } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'

/** Where applications connect: the only place that says so. */
function address(access: ObjectStorageAccess): { readonly url: URL; readonly port: string } {
  const url = new URL(access.endpoint)
  const usual = url.protocol === 'http:' ? '80' : '443'
  return { url, port: url.port === '' ? usual : url.port }
}

/** An application that does not put the bucket into the path asks a host of that name. */
export function endpoints(access: ObjectStorageAccess): readonly Endpoint[] {
  const { url, port } = address(access)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const hosts = access.pathStyle ? [host] : [host, `${access.bucket}.${host}`]
  return hosts.map((each) => ({ host: each, ports: [port], protocol: 'tcp' as const }))
}

/**
 * What applications for S3 look for. A login's name is the id of an access key, its password the secret of it. No key here may be
 * taken for a database's: none but `bucket_name` has user, pass, host or name in it.
 */
export function credentials(access: ObjectStorageAccess, login: Login, view: View): JsonObject {
  const { bucket, region, ca } = access
  const { url } = address(access)
  const key = `${encodeURIComponent(login.name)}:${encodeURIComponent(login.password)}`
  const keys = {
    uri: `s3://${key}@${url.host}/${encodeURIComponent(bucket)}`,
    endpoint: url.origin,
    bucket,
    bucket_name: bucket,
    region,
    access_key_id: login.name,
    secret_access_key: login.password,
    ...(access.pathStyle && { path_style: true }),
    ...(ca !== undefined && { certificates: ca })
  }
  return view === 'kubernetes' ? { ...keys, type: 'object-storage', provider: 'portolan' } : keys
}
