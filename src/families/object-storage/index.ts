import type { ObjectStorageAccess } from '../../contract/access.ts'
import type { Family } from '../../contract/family.ts'
import bindParameters from './bind-parameters.json' with { type: 'json' }
import { credentials, endpoints } from './credentials.ts'
import parameters from './parameters.json' with { type: 'json' }
import { release } from './release.ts'

/** A bucket for S3 clients. The S3 API knows no keys: whoever makes the bucket makes those too. */
export const family: Family<ObjectStorageAccess> = {
  name: 'object-storage',
  parameters,
  bindParameters,
  release,
  alwaysReleased: true,
  credentials,
  endpoints
}
