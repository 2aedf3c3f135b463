import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { Settings } from '../settings.ts'
import type { Keys } from '../types.ts'
import type { Place } from './place.ts'

/** https://github.com/ovh/docs/blob/develop/pages/storage_and_backup/object_storage/s3_location/guide.en-gb.md */
function addressOf({ endpoint, storageEndpoint }: Settings): string {
  if (storageEndpoint !== undefined) return storageEndpoint
  return `https://s3.{region}.io.cloud.ovh.${endpoint === 'us' ? 'us' : 'net'}`
}

/** Somebody's way to a bucket. */
export function accessTo(settings: Settings, place: Place, keys: Keys): ObjectStorageAccess {
  const region = place.region.toLowerCase()
  return {
    kind: 'object-storage',
    endpoint: new URL(addressOf(settings).replace('{region}', region)).origin,
    region,
    bucket: place.name,
    ...keys,
    network: settings.network,
    // Whoever stands in for OVHcloud has no name for every bucket.
    ...(settings.storageEndpoint === undefined ? {} : { pathStyle: true })
  }
}
