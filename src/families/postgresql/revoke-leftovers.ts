import type { PostgresqlSession } from '../../contract/ports.ts'
import { quoteName } from '../../contract/sql.ts'

/** What GRANT calls the types that `pg_identify_object` tells; all other relations are TABLE. */
const KINDS: Readonly<Record<string, string>> = {
  sequence: 'SEQUENCE',
  function: 'ROUTINE',
  procedure: 'ROUTINE',
  aggregate: 'ROUTINE',
  schema: 'SCHEMA',
  type: 'TYPE',
  domain: 'TYPE',
  language: 'LANGUAGE',
  'large object': 'LARGE OBJECT',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
  server: 'FOREIGN SERVER'
}

/**
 * Revokes what DROP OWNED leaves: it revokes as one grantor of its own choice, and a tenant can have granted through another, or with
 * the grant option that makes the role its own best grantor. So each grant is revoked as whoever made it. Within a transaction, by a
 * member of every grantor.
 */
export async function revokeLeftovers(session: PostgresqlSession, name: string): Promise<void> {
  for (const { grantor, type, identity } of await leftovers(session, name)) {
    await session.query(`SET LOCAL ROLE ${quoteName(grantor)}`)
    await session.query(`REVOKE ALL ON ${KINDS[type] ?? 'TABLE'} ${identity} FROM ${quoteName(name)} CASCADE`)
    await session.query('RESET ROLE')
  }
}

async function leftovers(session: PostgresqlSession, name: string) {
  const rows = await session.query(
    `-- look for grants
     WITH granted AS (
       SELECT 'pg_class'::regclass AS class, oid, relacl AS acl FROM pg_class
       UNION ALL SELECT 'pg_class'::regclass, attrelid, attacl FROM pg_attribute
       UNION ALL SELECT 'pg_proc'::regclass, oid, proacl FROM pg_proc
       UNION ALL SELECT 'pg_namespace'::regclass, oid, nspacl FROM pg_namespace
       UNION ALL SELECT 'pg_type'::regclass, oid, typacl FROM pg_type
       UNION ALL SELECT 'pg_language'::regclass, oid, lanacl FROM pg_language
       UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomacl FROM pg_largeobject_metadata
       UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwacl FROM pg_foreign_data_wrapper
       UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvacl FROM pg_foreign_server)
     SELECT DISTINCT g.rolname AS grantor, o.type, o.identity
     FROM granted, aclexplode(granted.acl) a, pg_roles me, pg_roles g, pg_identify_object(granted.class, granted.oid, 0) o
     WHERE granted.acl IS NOT NULL AND me.rolname = $1 AND a.grantee = me.oid AND g.oid = a.grantor`,
    [name]
  )
  return rows.map((row) => ({
    grantor: String(row['grantor']),
    type: String(row['type']),
    identity: String(row['identity'])
  }))
}
