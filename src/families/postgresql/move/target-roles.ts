import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import { quoteName } from '../../../contract/sql.ts'
import { readerOf } from '../names.ts'

/** What a role of the source is called at the target. */
export interface TargetRoles {
  readonly group: string
  readonly reader: string
  /** `undefined` for a role that is neither the instance's nor root nor the server's own: it stays behind. */
  of(name: string): string | undefined
  /** A statement as whoever may run it; sessions at the target are the group's. */
  by(role: string, statement: string): string
}

export function targetRoles({ from, to, logins }: Moving<PostgresqlAccess>): TargetRoles {
  const group = to.access.database
  const reader = readerOf(group)
  const known = new Map([
    [from.access.database, group],
    [readerOf(from.access.database), reader],
    [from.access.user, to.access.user],
    ...logins.map((login) => [login.from.name, login.to.name] as const)
  ])
  return {
    group,
    reader,
    of: (name) => known.get(name) ?? (name.startsWith('pg_') ? name : undefined),
    by: (role, statement) =>
      role === group
        ? statement
        : `SET LOCAL ROLE ${quoteName(role)}; ${statement}; SET LOCAL ROLE ${quoteName(group)}`
  }
}
