import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { runInBatches } from './in-batches.ts'
import type { TargetRoles } from './target-roles.ts'

const COMMANDS: Readonly<Record<string, string>> = {
  '*': 'ALL',
  r: 'SELECT',
  a: 'INSERT',
  w: 'UPDATE',
  d: 'DELETE'
}

/** They name roles, so no archive can make them. The expressions are read as they will be: with nothing but `pg_catalog` in the path. */
export async function copyPolicies(
  source: PostgresqlSession,
  target: PostgresqlSession,
  roles: TargetRoles
): Promise<void> {
  const rows = await source.query(
    `-- look at the policies
     SELECT p.polname, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS of_table, p.polcmd, p.polpermissive,
            pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS checking,
            (SELECT json_agg(CASE WHEN r <> 0 THEN pg_get_userbyid(r) END) FROM unnest(p.polroles) r)::text AS roles
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY p.oid`
  )
  const statements = rows.flatMap((row) => {
    const names = JSON.parse(String(row['roles'])) as readonly (string | null)[]
    const whom = names.flatMap((name) => roleAt(name, roles))
    // All of its roles stay behind, and with them whatever it allows or forbids.
    if (whom.length === 0) return []
    const kind = row['polpermissive'] === true ? 'PERMISSIVE' : 'RESTRICTIVE'
    const using = typeof row['using'] === 'string' ? ` USING (${row['using']})` : ''
    const check = typeof row['checking'] === 'string' ? ` WITH CHECK (${row['checking']})` : ''
    return [
      `CREATE POLICY ${quoteName(String(row['polname']))} ON ${String(row['of_table'])} AS ${kind} FOR ${COMMANDS[String(row['polcmd'])]} TO ${whom.join(', ')}${using}${check}`
    ]
  })
  await runInBatches(target, 'make policies', statements)
}

function roleAt(name: string | null, roles: TargetRoles): readonly string[] {
  if (name === null) return ['PUBLIC']
  const role = roles.of(name)
  return role === undefined ? [] : [quoteName(role)]
}
