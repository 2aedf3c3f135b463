import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { IamClient } from '../iam-client.ts'
import type { Settings } from '../settings.ts'

/** What the driver works with. */
export interface Store extends Pick<Settings, 'secretKey' | 'projectId' | 'listLagSeconds' | 'network'> {
  readonly iam: IamClient
  readonly accessKey: string
  readonly organizationId: string
  /** `{region}` is filled in. */
  readonly endpoint: string
}

/** The broker's way to a bucket. */
export function accessTo(store: Store, region: string, bucket: string): ObjectStorageAccess {
  const endpoint = store.endpoint.replaceAll('{region}', region)
  return {
    kind: 'object-storage',
    endpoint,
    region,
    bucket,
    // The project is named, whichever is the default of the key: buckets are made in it.
    accessKeyId: `${store.accessKey}@${store.projectId}`,
    secretAccessKey: store.secretKey,
    network: store.network,
    ...(isNumeric(new URL(endpoint).hostname) ? { pathStyle: true } : {})
  }
}

/** The buckets that the broker's key sees in a region. */
export function bucketsOf(store: Store, region: string, call: Call): Promise<readonly string[]> {
  return call.s3(accessTo(store, region, 'none')).accountBuckets()
}

/** An address of numbers has no names below it, so the bucket has to stand in the path. */
function isNumeric(host: string): boolean {
  return /^[\d.]+$|^\[/.test(host)
}

/** As whom the broker's key acts, as a bucket's policy names it. */
export async function brokerPrincipal({ iam, accessKey }: Store, call: Call): Promise<string> {
  const { kind, id } = (await iam.apiKey(call, accessKey)).bearer
  return `${kind}_id:${id}`
}
