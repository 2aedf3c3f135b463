import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Json } from '../../../contract/json.ts'
import { stepComment } from '../../../contract/mark.ts'
import type { Call, PostgresqlSession } from '../../../contract/ports.ts'
import { isObject } from '../../../contract/read.ts'
import { quoteName, quoteText } from '../../../contract/sql.ts'
import { readerOf } from '../names.ts'

const RECORD = 'portolan had CONNECT '

/** One right to enter the database, besides the owner's. */
interface ConnectRight {
  /** Empty: PUBLIC. */
  readonly grantee: string
  readonly grantor: string
  readonly isGrantable: boolean
  readonly isByOwner: boolean
}

/**
 * Within a transaction outside. Nobody may enter but root and the throwaway logins. What others than the group and the readers had is
 * kept in the comment of the readers' role, which has no other use: it is written with the revocation, and outlives every login of an attempt.
 */
export async function revokeConnect(outside: PostgresqlSession, access: PostgresqlAccess): Promise<void> {
  const group = access.database
  const reader = readerOf(group)
  const rights = await connectRights(outside, group)
  const extras = rights.filter((right) => !isUsual(right, group))
  if (extras.length > 0) {
    const known = await recorded(outside, reader)
    const news = extras.filter((extra) => !known.some((each) => isSame(each, extra)))
    await outside.query(
      `COMMENT ON ROLE ${quoteName(reader)} IS ${quoteText(RECORD + JSON.stringify([...known, ...news]))}`
    )
  }
  const grantees = new Set(['', ...rights.map(({ grantee }) => grantee)])
  // What they granted on goes with it.
  await outside.query(
    `REVOKE CONNECT ON DATABASE ${quoteName(group)} FROM ${[...grantees].map(granteeText).join(', ')} CASCADE`
  )
}

/** Within a transaction outside. As it was before `revokeConnect`, also when that never ran. */
export async function grantConnect(
  outside: PostgresqlSession,
  access: PostgresqlAccess,
  call: Call
): Promise<void> {
  const group = access.database
  const reader = readerOf(group)
  for (const role of await existing(outside, [group, reader])) {
    await outside.query(`GRANT CONNECT ON DATABASE ${quoteName(group)} TO ${quoteName(role)}`)
  }
  const extras = await recorded(outside, reader)
  if (extras.length === 0) return
  await grantBack(outside, group, extras, call)
  await outside.query(`COMMENT ON ROLE ${quoteName(reader)} IS NULL`)
}

/** Who may enter, besides the owner, root and the throwaway logins. */
export async function connectRights(
  outside: PostgresqlSession,
  database: string
): Promise<readonly ConnectRight[]> {
  const rows = await outside.query(
    `-- look who may connect
     SELECT coalesce(grantee.rolname, '') AS grantee, grantor.rolname AS grantor, a.is_grantable AS grantable,
            a.grantor = d.datdba AS by_owner
     FROM pg_database d CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     JOIN pg_roles grantor ON grantor.oid = a.grantor
     LEFT JOIN pg_roles grantee ON grantee.oid = a.grantee
     WHERE d.datname = $1 AND a.privilege_type = 'CONNECT' AND a.grantee <> d.datdba
       AND grantee.rolname IS DISTINCT FROM current_user
       AND shobj_description(a.grantee, 'pg_authid') IS DISTINCT FROM $2`,
    [database, stepComment(database)]
  )
  return rows.map((row) => ({
    grantee: String(row['grantee']),
    grantor: String(row['grantor']),
    isGrantable: row['grantable'] === true,
    isByOwner: row['by_owner'] === true
  }))
}

/** Whoever granted on can only do so again after it was granted to them. */
async function grantBack(
  outside: PostgresqlSession,
  database: string,
  rights: readonly ConnectRight[],
  call: Call
): Promise<void> {
  const roles = await existing(
    outside,
    rights.flatMap(({ grantee, grantor }) => [grantee, grantor])
  )
  const able = new Set<string>()
  let left = rights.filter(({ grantee }) => grantee === '' || roles.includes(grantee))
  while (left.length > 0) {
    const next = left.filter(({ grantor, isByOwner }) => isByOwner || able.has(grantor))
    // A cycle, or a grantor that is gone: root grants it.
    const now = next.length > 0 ? next : left
    for (const right of now) {
      await grantOne(outside, database, next.length > 0 ? right : { ...right, isByOwner: true }, call)
      if (right.isGrantable) able.add(right.grantee)
    }
    left = left.filter((right) => !now.includes(right))
  }
}

async function grantOne(
  outside: PostgresqlSession,
  database: string,
  right: ConnectRight,
  call: Call
): Promise<void> {
  const { grantee, grantor, isGrantable, isByOwner } = right
  const option = isGrantable ? ' WITH GRANT OPTION' : ''
  const grant = `GRANT CONNECT ON DATABASE ${quoteName(database)} TO ${granteeText(grantee)}${option}`
  if (isByOwner) {
    await outside.query(grant)
    return
  }
  await outside.query('SAVEPOINT grantor')
  try {
    await outside.query(`SET LOCAL ROLE ${quoteName(grantor)}`)
    await outside.query(grant)
    await outside.query('SET LOCAL ROLE NONE')
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    await outside.query('ROLLBACK TO SAVEPOINT grantor')
    call.note(
      `the right of ${grantee} to enter ${database}, which ${grantor} had given, is given by its owner now`
    )
    await outside.query(grant)
  }
}

async function existing(outside: PostgresqlSession, names: readonly string[]): Promise<readonly string[]> {
  const rows = await outside.query('SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::text[])', [names])
  return rows.map((row) => String(row['rolname']))
}

async function recorded(outside: PostgresqlSession, reader: string): Promise<readonly ConnectRight[]> {
  const [row] = await outside.query(
    `-- look for revoked rights
     SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [reader]
  )
  const comment = row?.['comment']
  if (typeof comment !== 'string' || !comment.startsWith(RECORD)) return []
  const list = JSON.parse(comment.slice(RECORD.length)) as Json
  return Array.isArray(list) ? list.filter(isObject).map(readRight) : []
}

function readRight(row: Record<string, Json>): ConnectRight {
  return {
    grantee: String(row['grantee']),
    grantor: String(row['grantor']),
    isGrantable: row['isGrantable'] === true,
    isByOwner: row['isByOwner'] === true
  }
}

function isUsual({ grantee, isGrantable, isByOwner }: ConnectRight, group: string): boolean {
  return isByOwner && !isGrantable && (grantee === group || grantee === readerOf(group))
}

function isSame(one: ConnectRight, other: ConnectRight): boolean {
  return one.grantee === other.grantee && one.grantor === other.grantor
}

function granteeText(grantee: string): string {
  return grantee === '' ? 'PUBLIC' : quoteName(grantee)
}
