import type { RedisAccess } from '../../contract/access.ts'
import type { Family } from '../../contract/family.ts'
import { bind } from './bind.ts'
import bindParameters from './bind-parameters.json' with { type: 'json' }
import { credentials, endpoints } from './credentials.ts'
import parameters from './parameters.json' with { type: 'json' }
import { release } from './release.ts'
import { unbind } from './unbind.ts'

/** A Redis or Valkey that its tenant may use as its own, or keys of one prefix in one; bound and unbound by its access list alone. */
export const family: Family<RedisAccess> = {
  name: 'redis',
  parameters,
  bindParameters,
  release,
  credentials,
  endpoints,
  bind,
  unbind
}
