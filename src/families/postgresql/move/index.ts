import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Move } from '../../../contract/move.ts'
import { begin } from './begin.ts'
import { copy } from './copy.ts'
import { examine } from './examine/index.ts'
import { freeze } from './freeze.ts'
import { isInUse } from './in-use.ts'
import { pin } from './pin.ts'
import { proveErased } from './prove-erased.ts'
import { retire } from './retire.ts'
import { thaw } from './thaw.ts'
import { verify } from './verify.ts'

/** A PostgreSQL database from one server to another: copied by the database's own tools, verified by ours. */
export const move: Move<PostgresqlAccess> = {
  examine,
  begin,
  pin,
  freeze,
  thaw,
  copy,
  verify,
  retire,
  isInUse,
  proveErased
}
