import type { MysqlAccess } from '../../contract/access.ts'
import type { Family } from '../../contract/family.ts'
import { bind } from './bind.ts'
import bindParameters from './bind-parameters.json' with { type: 'json' }
import { credentials, endpoints } from './credentials.ts'
import parameters from './parameters.json' with { type: 'json' }
import { prepare } from './prepare.ts'
import { release } from './release.ts'
import { unbind } from './unbind.ts'

/** A MySQL or MariaDB database that its tenant may use as its own, bound and unbound by SQL alone. Which of the two, the server tells. */
export const family: Family<MysqlAccess> = {
  name: 'mysql',
  parameters,
  bindParameters,
  prepare,
  release,
  credentials,
  endpoints,
  bind,
  unbind
}
