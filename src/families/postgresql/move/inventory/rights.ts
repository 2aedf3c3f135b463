import { IS_USERS } from './query.ts'

/** Each with grantee (null is PUBLIC), grantor, privilege, grant option. */
function exploded(acl: string): string {
  return `(SELECT json_agg(json_build_array(CASE WHEN x.grantee <> 0 THEN pg_get_userbyid(x.grantee) END, pg_get_userbyid(x.grantor), x.privilege_type,
    x.is_grantable)) FROM aclexplode(${acl}) x)::text`
}

function granted(catalog: string, acl: string, owner: string, kind: string): string {
  return `SELECT '${catalog}'::regclass, c.oid, 0, ${acl}, ${owner}, ${kind} FROM ${catalog} c WHERE ${acl} IS NOT NULL`
}

const RELATION_KIND = `CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"`

/** Every object with other rights than it was made with. `is_system`: one of the server's own. */
export const GRANTS = `-- read the grants
WITH granted (class, oid, sub, acl, owner, kind) AS (
  ${granted('pg_class', 'c.relacl', 'c.relowner', RELATION_KIND)}
  UNION ALL SELECT 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl, c.relowner, 'c' FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL ${granted('pg_proc', 'c.proacl', 'c.proowner', `'f'`)}
  UNION ALL ${granted('pg_namespace', 'c.nspacl', 'c.nspowner', `'n'`)}
  UNION ALL ${granted('pg_type', 'c.typacl', 'c.typowner', `'T'`)}
  UNION ALL ${granted('pg_language', 'c.lanacl', 'c.lanowner', `'l'`)}
  UNION ALL SELECT 'pg_largeobject'::regclass, c.oid, 0, c.lomacl, c.lomowner, 'L' FROM pg_largeobject_metadata c WHERE c.lomacl IS NOT NULL
  UNION ALL ${granted('pg_foreign_data_wrapper', 'c.fdwacl', 'c.fdwowner', `'F'`)}
  UNION ALL ${granted('pg_foreign_server', 'c.srvacl', 'c.srvowner', `'S'`)}
)
SELECT o.type || ' ' || o.identity AS name, pg_get_userbyid(g.owner) AS owner, g.oid < 16384 AND o.identity <> 'public' AS is_system,
  ${exploded('g.acl')} AS acl, ${exploded('acldefault(g.kind, g.owner)')} AS usual
FROM granted g, pg_identify_object(g.class, g.oid, g.sub) o
WHERE coalesce(o.schema, '') !~ '^pg_(temp|toast)' AND coalesce(o.identity, '') !~ '^pg_(temp|toast)'`

export const DATABASE_GRANTS = `-- read the grants on the database
SELECT pg_get_userbyid(d.datdba) AS owner, ${exploded(`coalesce(d.datacl, acldefault('d', d.datdba))`)} AS acl
FROM pg_database d WHERE d.datname = current_database()`

/** What will be granted on what is yet to be made. Within a schema it adds to the usual. */
export const DEFAULT_PRIVILEGES = `-- read the default privileges
SELECT pg_get_userbyid(a.defaclrole) AS role, CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
    WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE a.defaclobjtype::text END || coalesce(' in schema ' || quote_ident(n.nspname), '') AS name,
  ${exploded('a.defaclacl')} AS acl
FROM pg_default_acl a LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace`

/** Objects of the one who made the server are not in it. What belongs to an extension or to another object goes with it. */
export const OWNERS = `-- read the owners
SELECT o.type || ' ' || o.identity AS name, pg_get_userbyid(s.refobjid) AS owner
FROM pg_shdepend s, pg_identify_object(s.classid, s.objid, s.objsubid) o
WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND s.deptype = 'o' AND s.refclassid = 'pg_authid'::regclass
  AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass) AND o.identity IS NOT NULL
  AND coalesce(o.schema, '') !~ '^pg_(temp|toast)' AND o.identity !~ '^pg_(temp|toast)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = s.classid AND e.objid = s.objid AND e.deptype IN ('e', 'i'))`

const OUTSIDE_TEMPORARY = `coalesce(o.schema, '') !~ '^pg_(temp|toast)' AND coalesce(o.identity, '') !~ '^pg_(temp|toast)'`

export const COMMENTS = `-- read the comments
SELECT o.type || ' ' || o.identity AS name, d.description AS text
FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND o.identity = 'public') AND ${OUTSIDE_TEMPORARY}
UNION ALL SELECT 'database', d.description FROM pg_shdescription d JOIN pg_database b ON b.oid = d.objoid
WHERE d.classoid = 'pg_database'::regclass AND b.datname = current_database()`

export const LABELS = `-- read the security labels
SELECT o.type || ' ' || o.identity || ' by ' || l.provider AS name, l.label AS text
FROM pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) o WHERE ${OUTSIDE_TEMPORARY}
UNION ALL SELECT 'database by ' || l.provider, l.label FROM pg_shseclabel l JOIN pg_database b ON b.oid = l.objoid
WHERE l.classoid = 'pg_database'::regclass AND b.datname = current_database()`

/** Catalogs whose objects the other queries look at. */
const KNOWN: readonly string[] = [
  'pg_am',
  'pg_amop',
  'pg_amproc',
  'pg_attrdef',
  'pg_cast',
  'pg_class',
  'pg_collation',
  'pg_constraint',
  'pg_conversion',
  'pg_database',
  'pg_default_acl',
  'pg_event_trigger',
  'pg_extension',
  'pg_foreign_data_wrapper',
  'pg_foreign_server',
  'pg_language',
  'pg_largeobject',
  'pg_namespace',
  'pg_opclass',
  'pg_operator',
  'pg_opfamily',
  'pg_policy',
  'pg_proc',
  'pg_publication',
  'pg_publication_namespace',
  'pg_publication_rel',
  'pg_rewrite',
  'pg_statistic_ext',
  'pg_subscription',
  'pg_transform',
  'pg_trigger',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_ts_parser',
  'pg_ts_template',
  'pg_type',
  'pg_user_mapping'
]

/**
 * What stands in the database and is of no kind that the other queries know: so that a later version's new kind, or one of a
 * provider's own making, is never taken for equal.
 */
export const UNKNOWN = `-- look for unknown kinds
SELECT coalesce(o.type || ' ' || o.identity, format('%s %s', d.classid::regclass, d.objid)) AS name
FROM (SELECT classid, objid FROM pg_depend UNION SELECT classid, objid FROM pg_shdepend
    WHERE dbid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())) d,
  pg_identify_object(d.classid, d.objid, 0) o
WHERE d.objid >= 16384 AND d.classid::regclass::text NOT IN (${KNOWN.map((name) => `'${name}'`).join(', ')})
UNION ALL SELECT format('relation %s of kind %s', c.oid::regclass, c.relkind) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind NOT IN ('r', 'p', 'v', 'm', 'S', 'f', 'c', 'i', 'I', 't') AND ${IS_USERS}
UNION ALL SELECT format('type %s of kind %s', t.oid::regtype, t.typtype) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype NOT IN ('b', 'c', 'd', 'e', 'm', 'p', 'r') AND ${IS_USERS}
UNION ALL SELECT format('function %s of kind %s', p.oid::regprocedure, p.prokind) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prokind NOT IN ('f', 'p', 'a', 'w') AND ${IS_USERS}
UNION ALL SELECT format('constraint %I on %s of kind %s', k.conname, k.conrelid::regclass, k.contype) FROM pg_constraint k
  JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.contype NOT IN ('c', 'f', 'p', 'u', 't', 'x', 'n') AND ${IS_USERS}
LIMIT 50`
