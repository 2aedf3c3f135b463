import { createHash } from 'node:crypto'
import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Login } from '../../../contract/adapter.ts'
import { stepComment } from '../../../contract/mark.ts'
import type { Moving } from '../../../contract/move.ts'
import { quoteName, quoteText } from '../../../contract/sql.ts'
import { readerOf } from '../names.ts'

export type Side = 'from' | 'to'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const DIGEST_LENGTH = 20

/** The throwaway login of this attempt on one side: whatever reads or evaluates a tenant's objects logs in as it. */
export function stepLogin(moving: Moving<PostgresqlAccess>, side: Side): Login {
  const { operation, number, secret } = moving.attempt
  const digest = createHash('sha256')
    .update(operation + side)
    .digest()
  return { name: `s${base32(digest).slice(0, DIGEST_LENGTH)}_${number}`, password: secret(`step ${side}`) }
}

/**
 * What root runs to make it, outside the tenant's database, in one transaction: a member of that resource's group, its readers and
 * its bindings' roles, and nothing else. Its own right to connect outlives a freeze, which takes the group's.
 */
export function stepRoleStatements(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  verifier: string
): readonly string[] {
  const { access } = moving[side]
  const role = quoteName(stepLogin(moving, side).name)
  const logins = moving.logins.map((login) => login[side].name)
  const groups = [access.database, readerOf(access.database), ...logins]
  return [
    `CREATE ROLE ${role} LOGIN PASSWORD ${quoteText(verifier)}`,
    `COMMENT ON ROLE ${role} IS ${quoteText(stepComment(access.database))}`,
    `GRANT CONNECT ON DATABASE ${quoteName(access.database)} TO ${role}`,
    ...groups.map((group) => `GRANT ${quoteName(group)} TO ${role}`)
  ]
}

/** RFC 4648 without padding, in lower case. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const digits = bits.match(/.{5}/g) ?? []
  return digits.map((digit) => BASE32[Number.parseInt(digit, 2)]).join('')
}
