import { ProviderFailure } from '../../src/contract/errors.ts'
import type { PostgresqlSession } from '../../src/contract/ports.ts'
import { quoteName } from '../../src/contract/sql.ts'

/**
 * Users that OVHcloud's API makes may connect and no more. What they lack the owner of the database can give, without any right to make
 * roles: it owns the schema `public` too.
 */
export async function grantRights(session: PostgresqlSession, user: string): Promise<void> {
  const { database, hasPublic } = await look(session, user)
  await session.query(
    `GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${quoteName(database)} TO ${quoteName(user)}`
  )
  if (hasPublic) await session.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${quoteName(user)}`)
  // A grant without the right to it is a warning only.
  const { mayCreate, mayInPublic } = await look(session, user)
  if (mayCreate && (mayInPublic || !hasPublic)) return
  throw new ProviderFailure(
    'denied',
    'The administrator of the database server lacks a right: ownership of the database.'
  )
}

export async function revokeRights(session: PostgresqlSession, user: string): Promise<void> {
  const { database, exists, hasPublic } = await look(session, user)
  if (!exists) return
  await session.query(`REVOKE ALL ON DATABASE ${quoteName(database)} FROM ${quoteName(user)}`)
  if (hasPublic) await session.query(`REVOKE ALL ON SCHEMA public FROM ${quoteName(user)}`)
}

async function look(session: PostgresqlSession, user: string) {
  const [row] = await session.query(
    `-- look at the user
     SELECT current_database() AS database, r.oid IS NOT NULL AS exists, n.oid IS NOT NULL AS has_public,
            has_database_privilege(r.oid, d.oid, 'CREATE') AS may_create,
            has_schema_privilege(r.oid, n.oid, 'CREATE') AS may_in_public
     FROM pg_database d LEFT JOIN pg_roles r ON r.rolname = $1 LEFT JOIN pg_namespace n ON n.nspname = 'public'
     WHERE d.datname = current_database()`,
    [user]
  )
  return {
    database: String(row?.['database']),
    exists: row?.['exists'] === true,
    hasPublic: row?.['has_public'] === true,
    mayCreate: row?.['may_create'] === true,
    mayInPublic: row?.['may_in_public'] === true
  }
}
