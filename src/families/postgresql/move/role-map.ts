import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import { readerOf } from '../names.ts'
import { type Side, stepLogin } from './step-login.ts'

/** What the roles of one side are called in what is compared: their names are random and other ones on each side. */
export interface RoleMap {
  /** `null` is PUBLIC. */
  called(name: string | null): string
  /** Of what a role owns or grants: what a login made for itself belongs to the group after a move, so at the source it does already. */
  owning(name: string | null): string
  isLogin(name: string | null): boolean
  /** One of this instance's own roles. */
  isOurs(name: string | null): boolean
  /** Roles that are neither the instance's nor the server's own. */
  strangers(): readonly string[]
}

export const GROUP = 'group'
const PUBLIC = 'PUBLIC'

/** `superuser`: the name of the role that made the server, which differs from provider to provider. */
export function roleMap(moving: Moving<PostgresqlAccess>, side: Side, superuser: string): RoleMap {
  const { access } = moving[side]
  const logins = new Map(moving.logins.map((login, index) => [login[side].name, `login ${index + 1}`]))
  const ours = new Map([[access.database, GROUP], [readerOf(access.database), 'reader'], ...logins])
  const throwaway = stepLogin(moving, side).name.replace(/\d+$/, '')
  const seen = new Set<string>()

  function called(name: string | null): string {
    if (name === null) return PUBLIC
    const own = ours.get(name)
    if (own !== undefined) return own
    if (name === superuser) return 'superuser'
    if (name === access.user) return 'root'
    if (name.startsWith('pg_')) return name
    if (name.startsWith(throwaway)) return 'throwaway login'
    seen.add(name)
    return name
  }

  return {
    called,
    owning: (name) => (side === 'from' && name !== null && logins.has(name) ? GROUP : called(name)),
    isLogin: (name) => name !== null && logins.has(name),
    isOurs: (name) => name !== null && ours.has(name),
    strangers: () => [...seen].toSorted()
  }
}
