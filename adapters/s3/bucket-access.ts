import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { Settings } from './settings.ts'

/** The account's way to a bucket. */
export function accessTo(settings: Settings, bucket: string): ObjectStorageAccess {
  const { endpoint, s3Region, accessKeyId, secretAccessKey, pathStyle, network, ca } = settings
  return {
    kind: 'object-storage',
    endpoint,
    region: s3Region,
    bucket,
    accessKeyId,
    secretAccessKey,
    network,
    ...(pathStyle ? { pathStyle } : {}),
    ...(ca === undefined ? {} : { ca })
  }
}

/** For requests that are about no bucket. */
export function accountOf(settings: Settings): ObjectStorageAccess {
  return accessTo(settings, 'none')
}
