import type { PostgresqlSession } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'

/** Room for what the family adds to the name of the group. */
const NAME = /^[a-z_][a-z0-9_-]{0,55}$/

const MOST_TOLD = 5

/** What is handed over one by one; `pg_identify_object` calls them so. */
const HANDED_OVER = [
  'schema',
  'table',
  'view',
  'materialized view',
  'sequence',
  'function',
  'procedure',
  'aggregate',
  'type',
  'collation',
  'statistics object',
  'large object'
]

const isMember = (class_: string, oid: string) =>
  `EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${class_}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`

const isSuper = (owner: string) => `(SELECT rolsuper FROM pg_roles WHERE oid = ${owner})`

/** Superusers' own: of the first of them the server keeps no list. */
const OF_SUPERUSERS = `SELECT c.oid::regclass::text AS what FROM pg_class c
    WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${isSuper('relowner')}
      AND NOT ${isMember('pg_class', 'c.oid')}
  UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.oid >= 16384 AND ${isSuper('proowner')} AND NOT ${isMember('pg_proc', 'p.oid')}
  UNION ALL SELECT t.oid::regtype::text FROM pg_type t
    WHERE t.oid >= 16384 AND typtype IN ('b', 'e', 'd', 'r') AND typcategory <> 'A' AND ${isSuper('typowner')}
      AND NOT ${isMember('pg_type', 't.oid')}
  UNION ALL SELECT quote_ident(nspname) FROM pg_namespace n
    WHERE n.oid >= 16384 AND nspname !~ '^pg_' AND ${isSuper('nspowner')} AND NOT ${isMember('pg_namespace', 'n.oid')}`

/** Asked inside the database. */
const OBSTACLES = `-- look for what is in the way
  WITH here AS (SELECT * FROM pg_database WHERE datname = current_database()),
       me AS (SELECT oid FROM pg_roles WHERE rolname = current_user),
       owned AS (
         SELECT o.rolname, o.rolsuper OR NOT pg_has_role(o.oid, 'USAGE') AS is_strange, i.type, i.identity
         FROM here, pg_shdepend s JOIN pg_roles o ON o.oid = s.refobjid,
              LATERAL pg_identify_object(s.classid, s.objid, 0) i
         WHERE s.dbid = here.oid AND s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o')
  SELECT 'it is a template' AS text FROM here WHERE datistemplate
  UNION ALL SELECT format('its owner %I is nobody that the broker may act for', o.rolname)
    FROM here JOIN pg_roles o ON o.oid = datdba WHERE o.rolsuper OR NOT pg_has_role(o.oid, 'USAGE')
  UNION ALL SELECT format('everybody may enter it (REVOKE ALL ON DATABASE %I FROM PUBLIC)', datname)
    FROM here WHERE EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0)
  UNION ALL SELECT DISTINCT format('the role %I has rights in it', r.rolname)
    FROM here, me, pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
    WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype <> 'o' AND r.oid <> me.oid
      AND (s.dbid = here.oid OR s.dbid = 0 AND s.classid = 'pg_database'::regclass AND s.objid = here.oid)
  UNION ALL SELECT DISTINCT format('%I is at work in it', usename)
    FROM here JOIN pg_stat_activity a ON a.datid = here.oid
    WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
  UNION ALL SELECT format('%I owns %s %s, and the broker may not act for it', rolname, type, identity)
    FROM owned WHERE is_strange
  UNION ALL SELECT format('it has the %s %s, which cannot be handed over', type, identity)
    FROM owned WHERE NOT is_strange AND type <> 'extension' AND NOT type = ANY ($1)
  UNION ALL SELECT format('%s belongs to a superuser', what) FROM (${OF_SUPERUSERS}) of_superusers
  UNION ALL SELECT 'the schema public belongs to nobody that the broker may act for'
    FROM pg_namespace WHERE nspname = 'public' AND NOT pg_has_role(nspowner, 'USAGE')
  UNION ALL SELECT format('it has the event trigger %I', evtname) FROM pg_event_trigger
  UNION ALL SELECT format('it has the extension %I, which the broker could not have made', extname)
    FROM me, pg_extension x
    WHERE extname <> 'plpgsql' AND NOT (extowner = me.oid AND EXISTS (
      SELECT FROM pg_available_extension_versions v WHERE v.name = extname AND v.version = extversion AND v.trusted))
  UNION ALL SELECT format('it has the subscription %I', subname) FROM here JOIN pg_subscription ON subdbid = here.oid
  UNION ALL SELECT format('it has the replication slot %I', slot_name)
    FROM here JOIN pg_replication_slots ON database = here.datname
  UNION ALL SELECT format('it has the prepared transaction %L', gid)
    FROM here JOIN pg_prepared_xacts ON database = here.datname
  UNION ALL SELECT format('a role is called %I already', rolname) FROM pg_roles
    WHERE rolname IN (current_database(), current_database() || '_ro')
  LIMIT ${MOST_TOLD}`

/** Asked outside, before anybody enters. */
const CLOSED = `-- look who may enter
  SELECT CASE WHEN NOT datallowconn THEN 'nobody may enter it'
      ELSE format('its owner %I is nobody that the broker may act for', o.rolname) END AS text
  FROM pg_database JOIN pg_roles o ON o.oid = datdba
  WHERE datname = $1 AND (o.rolsuper OR NOT pg_has_role(o.oid, 'USAGE') OR NOT datallowconn)`

/** Why root does not go in to look. */
export async function obstaclesBefore(session: PostgresqlSession, name: string): Promise<readonly string[]> {
  const rows = await session.query(CLOSED, [name])
  return rows.map((row) => textAt(row, 'text'))
}

/** Why this database cannot be taken over safely; nothing when it can. */
export async function obstaclesIn(session: PostgresqlSession, name: string): Promise<readonly string[]> {
  if (!NAME.test(name))
    return ['its name must be of small letters, digits, _ and -, begin with a letter, and have 56 at most']
  const rows = await session.query(OBSTACLES, [HANDED_OVER])
  return rows.map((row) => textAt(row, 'text'))
}

/**
 * Everything inside becomes the group's. One by one: REASSIGN OWNED would take along what an owner has in other places, and of root
 * every database. A sequence of a column goes with its table.
 */
export async function handOver(session: PostgresqlSession, group: string): Promise<void> {
  const rows = await session.query(
    `-- look for what is handed over
     SELECT format('%s %s', upper(i.type), i.identity) AS what
     FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid, LATERAL pg_identify_object(s.classid, s.objid, 0) i
     WHERE d.datname = current_database() AND s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND i.type = ANY ($1)
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = s.classid AND e.objid = s.objid AND e.objsubid = 0
         AND (e.deptype = 'e' OR i.type = 'sequence' AND e.deptype IN ('a', 'i') AND e.refclassid = 'pg_class'::regclass))
     ORDER BY i.type <> 'schema', i.type, i.identity`,
    [HANDED_OVER]
  )
  const [schema] = await session.query(
    `-- look at the schema public
     SELECT FROM pg_namespace WHERE nspname = 'public'`
  )
  if (schema) await session.query(`ALTER SCHEMA public OWNER TO ${group}`)
  for (const row of rows) {
    const what = textAt(row, 'what').replace(/^STATISTICS OBJECT /, 'STATISTICS ')
    await session.query(`ALTER ${what} OWNER TO ${group}`)
  }
}
