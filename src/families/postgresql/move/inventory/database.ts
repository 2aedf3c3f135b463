import { definition, flag, IS_USERS, isNoMember, type Query, sorted } from './query.ts'

const schemas: Query = {
  what: 'schemas',
  sql: `-- read the schemas
SELECT 'schema' AS kind, quote_ident(n.nspname) AS name, '{}' AS definition
FROM pg_namespace n WHERE ${IS_USERS} AND ${isNoMember('pg_namespace', 'n.oid')}`
}

const extensions: Query = {
  what: 'extensions',
  sql: `-- read the extensions
SELECT 'extension' AS kind, quote_ident(x.extname) AS name, ${definition({
    version: 'x.extversion',
    schema: 'n.nspname',
    'tables with data': `(SELECT jsonb_agg(t::regclass::text ORDER BY t::regclass::text COLLATE "C") FROM unnest(x.extconfig) t)`
  })}
FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace`
}

const eventTriggers: Query = {
  what: 'event triggers',
  sql: `-- read the event triggers
SELECT 'event trigger' AS kind, quote_ident(t.evtname) AS name, ${definition({
    event: 't.evtevent',
    function: 't.evtfoid::regprocedure',
    enabled: `nullif(t.evtenabled, 'O')`,
    tags: sorted('t.evttags')
  })}
FROM pg_event_trigger t WHERE ${isNoMember('pg_event_trigger', 't.oid')}`
}

const publications: Query = {
  what: 'publications',
  sql: `-- read the publications
SELECT 'publication' AS kind, quote_ident(p.pubname) AS name, ${definition({
    'all tables': flag('p.puballtables'),
    publishes: 'jsonb_build_array(p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate)',
    'via root': flag('p.pubviaroot'),
    'generated columns': `nullif(to_jsonb(p)->>'pubgencols', 'n')`,
    schemas: `(SELECT jsonb_agg(n.nspname ORDER BY n.nspname COLLATE "C") FROM pg_publication_namespace s
      JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid)`,
    tables: `(SELECT jsonb_agg(t ORDER BY t COLLATE "C") FROM (SELECT concat_ws(' ', r.prrelid::regclass,
      (SELECT format('(%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C")) FROM pg_attribute a
        WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), 'where ' || pg_get_expr(r.prqual, r.prrelid)) AS t
      FROM pg_publication_rel r WHERE r.prpubid = p.oid) l)`
  })}
FROM pg_publication p`
}

/** Where it connects to is not for everybody to read, as it holds a password. */
const subscriptions: Query = {
  what: 'subscriptions',
  sql: `-- read the subscriptions
SELECT 'subscription' AS kind, quote_ident(s.subname) AS name, ${definition({
    enabled: 's.subenabled',
    slot: 's.subslotname',
    publications: sorted('s.subpublications'),
    binary: flag('s.subbinary'),
    'synchronous commit': 's.subsynccommit'
  })}
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()`
}

const foreign: readonly Query[] = [
  {
    what: 'foreign-data wrappers',
    sql: `-- read the foreign-data wrappers
SELECT 'foreign-data wrapper' AS kind, quote_ident(w.fdwname) AS name, ${definition({
      functions: 'jsonb_build_array(w.fdwhandler::regprocedure, w.fdwvalidator::regprocedure)',
      options: sorted('w.fdwoptions')
    })}
FROM pg_foreign_data_wrapper w WHERE ${isNoMember('pg_foreign_data_wrapper', 'w.oid')}`
  },
  {
    what: 'foreign servers',
    sql: `-- read the foreign servers
SELECT 'foreign server' AS kind, quote_ident(s.srvname) AS name, ${definition({
      wrapper: 'w.fdwname',
      type: 's.srvtype',
      version: 's.srvversion',
      options: sorted('s.srvoptions')
    })}
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE ${isNoMember('pg_foreign_server', 's.oid')}`
  }
]

/** Options of the whole database and of the roles in it. That a login acts as its group is what binding it makes, not the tenant. */
const settings: Query = {
  what: 'settings',
  sql: `-- read the settings
SELECT 'setting' AS kind, split_part(o, '=', 1) AS name, true AS of_role, CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) ELSE '' END AS role,
  ${definition({
    'in the database only': flag('s.setdatabase <> 0 AND s.setrole <> 0'),
    value: `CASE WHEN o NOT LIKE 'role=%' THEN substr(o, strpos(o, '=') + 1) END`,
    roles: `CASE WHEN o LIKE 'role=%' THEN jsonb_build_array(substr(o, 6)) END`
  })}
FROM pg_db_role_setting s, unnest(s.setconfig) o
WHERE (s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  OR s.setdatabase = 0 AND pg_get_userbyid(s.setrole) = ANY ($1)) AND o NOT LIKE 'temp\\_file\\_limit=%'`
}

const database: Query = {
  what: 'the database',
  sql: `-- read the database
SELECT 'database' AS kind, '' AS name, ${definition({
    encoding: 'pg_encoding_to_char(d.encoding)',
    template: flag('d.datistemplate')
  })}
FROM pg_database d WHERE d.datname = current_database()`
}

export const DATABASE: readonly Query[] = [
  schemas,
  extensions,
  eventTriggers,
  publications,
  subscriptions,
  ...foreign,
  database
]

/** `$1`: the logins' names. */
export const SETTINGS = settings

/**
 * The options of a mapping are only told to its own user; those for everybody to the owner of the server. `is_shown`: to the session's
 * current role. Secrets among them are left out.
 */
export const USER_MAPPINGS = `-- read the user mappings
SELECT quote_ident(m.srvname) AS server, CASE WHEN m.umuser <> 0 THEN m.usename END AS role,
  CASE WHEN m.umuser = 0 THEN pg_has_role(s.srvowner, 'USAGE')
    ELSE m.usename = current_user AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')) END AS is_shown,
  ${definition({
    options: `(SELECT jsonb_agg(o ORDER BY o COLLATE "C") FROM unnest(m.umoptions) o WHERE o !~* '^[^=]*(pass|secret|key|token)')`
  })}
FROM pg_user_mappings m JOIN pg_foreign_server s ON s.oid = m.srvid`
