import type { JsonObject } from '../../../contract/json.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { runInBatches } from './in-batches.ts'
import { OF_TENANT } from './source-tables.ts'
import type { TargetRoles } from './target-roles.ts'

/** One line of an ACL, with the names of the target. PUBLIC is no grantee. */
interface Grant {
  readonly grantor: string
  readonly grantee: string | undefined
  readonly privilege: string
  readonly isGrantable: boolean
}

/** What GRANT calls it: `TABLE "shop"."orders"`; a column is a part of that. */
interface Granted {
  readonly object: string
  readonly column: string | undefined
  readonly grants: Grant[]
}

/** Every object whose rights are not those of a new one; of `public`, which `prepare` has changed, always. Schemas go first. */
const QUESTION = `-- look at the rights
WITH named AS (SELECT c.oid, c.relkind, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, c.relowner, c.relacl
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OF_TENANT} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
granted (rank, object, part, owner, acl) AS (
  SELECT 1, 'SCHEMA ' || quote_ident(nspname), NULL, nspowner,
         CASE nspname WHEN 'public' THEN coalesce(nspacl, acldefault('n', nspowner)) ELSE nspacl END
  FROM pg_namespace WHERE ${OF_TENANT}
  UNION ALL SELECT 2, 'TYPE ' || oid::regtype::text, NULL, typowner, typacl FROM pg_type
  UNION ALL SELECT 3, 'ROUTINE ' || oid::regprocedure::text, NULL, proowner, proacl FROM pg_proc
  UNION ALL SELECT 4, 'FOREIGN SERVER ' || quote_ident(srvname), NULL, srvowner, srvacl FROM pg_foreign_server
  UNION ALL SELECT 5, CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || name, NULL, relowner, relacl FROM named
  UNION ALL SELECT 6, 'TABLE ' || name, quote_ident(a.attname), relowner, a.attacl FROM named JOIN pg_attribute a ON a.attrelid = named.oid
  UNION ALL SELECT 7, 'LARGE OBJECT ' || oid::text, NULL, lomowner, lomacl FROM pg_largeobject_metadata
)
SELECT object, part, pg_get_userbyid(owner) AS owner, pg_get_userbyid(a.grantor) AS grantor,
       CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END AS grantee, a.privilege_type, a.is_grantable
FROM granted LEFT JOIN LATERAL aclexplode(acl) a ON true
WHERE acl IS NOT NULL AND pg_has_role(owner, 'USAGE')
ORDER BY rank, object, part`

/** What may be done with each object, as at the source; who owns it may be another there, and is the group here. */
export async function copyRights(
  source: PostgresqlSession,
  target: PostgresqlSession,
  roles: TargetRoles
): Promise<void> {
  const objects = new Map<string, Granted>()
  for (const row of await source.query(QUESTION)) {
    const object = String(row['object'])
    const column = textOr(row['part'])
    const key = JSON.stringify([object, column])
    const granted = objects.get(key) ?? { object, column, grants: [] }
    objects.set(key, granted)
    const grant = grantOf(row, roles)
    if (grant !== undefined) granted.grants.push(grant)
  }
  const statements = [...objects.values()].flatMap((granted) => statementsFor(granted, roles))
  await runInBatches(target, 'set rights', statements)
}

/** `undefined` where a role stays behind, or nothing was granted. */
function grantOf(row: JsonObject, roles: TargetRoles): Grant | undefined {
  const owner = String(row['owner'])
  const at = (name: string) => (name === owner ? roles.group : roles.of(name))
  const privilege = textOr(row['privilege_type'])
  const grantor = at(String(row['grantor']))
  const named = textOr(row['grantee'])
  const grantee = named === undefined ? undefined : at(named)
  if (privilege === undefined || grantor === undefined) return undefined
  if (named !== undefined && grantee === undefined) return undefined
  return { grantor, grantee, privilege, isGrantable: row['is_grantable'] === true }
}

/** First nobody has any right, then those who have some get theirs from who gave them: who passes them on must have got them before. */
function statementsFor({ object, column, grants }: Granted, roles: TargetRoles): readonly string[] {
  const everybody = ['PUBLIC', quoteName(roles.group), quoteName(roles.reader)].join(', ')
  const part = column === undefined ? '' : ` (${column})`
  const revoke = column === undefined ? [`REVOKE ALL ON ${object} FROM ${everybody}`] : []
  const ordered = inOrder(grants, roles.group)
  return [
    ...revoke,
    ...ordered.map(({ grantor, grantee, privilege, isGrantable }) =>
      roles.by(
        grantor,
        `GRANT ${privilege}${part} ON ${object} TO ${whom(grantee)}${isGrantable && grantee !== roles.group ? ' WITH GRANT OPTION' : ''}`
      )
    )
  ]
}

function inOrder(grants: readonly Grant[], owner: string): readonly Grant[] {
  const ordered: Grant[] = []
  const may = new Set([owner])
  let left = [...grants]
  while (left.length > 0) {
    const next = left.filter(({ grantor }) => may.has(grantor))
    // Who gave it has stayed behind.
    if (next.length === 0) break
    for (const { grantee } of next) if (grantee !== undefined) may.add(grantee)
    ordered.push(...next)
    left = left.filter((grant) => !next.includes(grant))
  }
  return ordered
}

const KINDS: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'ROUTINES',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS'
}

/** What new objects will allow. Goes last: nothing that is restored may get it. */
export async function copyDefaultRights(
  source: PostgresqlSession,
  target: PostgresqlSession,
  roles: TargetRoles
): Promise<void> {
  const rows = await source.query(
    `-- look at default rights
     SELECT d.oid, pg_get_userbyid(d.defaclrole) AS role, quote_ident(n.nspname) AS schema, d.defaclobjtype AS kind,
            CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END AS grantee, a.privilege_type, a.is_grantable
     FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace LEFT JOIN LATERAL aclexplode(d.defaclacl) a ON true
     ORDER BY d.oid`
  )
  const statements: string[] = []
  let last: unknown
  for (const row of rows) {
    const role = roles.of(String(row['role']))
    if (role === undefined) continue
    const [schema, kind] = [textOr(row['schema']), KINDS[String(row['kind'])]]
    const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteName(role)}${schema === undefined ? '' : ` IN SCHEMA ${schema}`}`
    // Those of a schema are added to the others; the others stand in the place of what every new object allows.
    if (last !== row['oid'] && schema === undefined) {
      statements.push(roles.by(role, `${alter} REVOKE ALL ON ${kind} FROM PUBLIC, ${quoteName(role)}`))
    }
    last = row['oid']
    const grant = defaultGrant(row, roles)
    if (grant !== undefined)
      statements.push(roles.by(role, `${alter} GRANT ${grant.replace('?', String(kind))}`))
  }
  await runInBatches(target, 'set default rights', statements)
}

function defaultGrant(row: JsonObject, roles: TargetRoles): string | undefined {
  const privilege = textOr(row['privilege_type'])
  const named = textOr(row['grantee'])
  const grantee = named === undefined ? undefined : roles.of(named)
  if (privilege === undefined || (named !== undefined && grantee === undefined)) return undefined
  const isOwn = named === row['role']
  return `${privilege} ON ? TO ${whom(grantee)}${row['is_grantable'] === true && !isOwn ? ' WITH GRANT OPTION' : ''}`
}

function whom(grantee: string | undefined): string {
  return grantee === undefined ? 'PUBLIC' : quoteName(grantee)
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
