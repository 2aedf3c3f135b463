import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Family } from '../../contract/family.ts'
import { bind } from './bind.ts'
import bindParameters from './bind-parameters.json' with { type: 'json' }
import { credentials, endpoints } from './credentials.ts'
import { move } from './move/index.ts'
import parameters from './parameters.json' with { type: 'json' }
import { prepare } from './prepare.ts'
import { release } from './release.ts'
import { unbind } from './unbind.ts'

/** A PostgreSQL database that its tenant may use as its own, bound and unbound by SQL alone. */
export const family: Family<PostgresqlAccess> = {
  name: 'postgresql',
  parameters,
  bindParameters,
  prepare,
  release,
  credentials,
  endpoints,
  bind,
  unbind,
  move
}
