import { GROUP, type RoleMap } from './role-map.ts'

/** As `aclexplode` tells one: grantee (null is PUBLIC), grantor, privilege, with grant option. */
export type Grant = readonly [grantee: string | null, grantor: string, privilege: string, grantable: boolean]

/**
 * Who may do what, in one text: `group: DELETE, SELECT; reader: SELECT*`. Who granted it is only told when it was not the owner, for a
 * move grants as the owner what its logins had granted.
 */
export function grantsText(grants: readonly Grant[], owner: string | null, roles: RoleMap): string {
  const owning = roles.owning(owner)
  const privileges = new Map<string, Set<string>>()
  for (const [grantee, grantor, privilege, grantable] of grants) {
    const holder = grantee === owner ? owning : roles.called(grantee)
    const giver = roles.owning(grantor)
    // The owner may always grant; MAINTAIN is not known before 17, and the owner's by default.
    if (holder === owning && privilege === 'MAINTAIN') continue
    const option = grantable && holder !== owning ? '*' : ''
    const by = giver === owning || giver === GROUP ? '' : ` by ${giver}`
    const held = privileges.get(holder) ?? new Set()
    privileges.set(holder, held.add(privilege + option + by))
  }
  return [...privileges]
    .map(([holder, held]) => `${holder}: ${[...held].toSorted().join(', ')}`)
    .toSorted()
    .join('; ')
}

/**
 * The database itself: a freeze takes away who may connect, and the throwaway login may. Neither says anything about the tenant's
 * rights, which are given and taken when a database is made and frozen.
 */
export function withoutConnect(grants: readonly Grant[], roles: RoleMap): readonly Grant[] {
  return grants.filter(
    ([grantee, , privilege]) =>
      roles.called(grantee) !== 'throwaway login' &&
      !(privilege === 'CONNECT' && (grantee === null || roles.isOurs(grantee)))
  )
}
