import { definition, flag, IS_USERS, isNoMember, type Query, sorted } from './query.ts'

const KIND = `CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
  WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type' END`

const PARENTS = `(SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)`

/** Not as a partition. A dump makes the inherited columns first, whenever they were added. */
const INHERITS = '(NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid))'

const relations: Query = {
  what: 'tables, views and sequences',
  sql: `-- read the relations
SELECT ${KIND} AS kind, format('%I.%I', n.nspname, c.relname) AS name, ${definition({
    persistence: `nullif(c.relpersistence, 'p')`,
    options: sorted('c.reloptions'),
    'toast options': sorted('t.reloptions'),
    'access method': 'am.amname',
    'row security': flag('c.relrowsecurity'),
    'forced row security': flag('c.relforcerowsecurity'),
    'replica identity': `nullif(c.relreplident, CASE WHEN c.relkind IN ('r', 'p', 'm') THEN 'd' ELSE c.relreplident END::"char")`,
    parents: PARENTS,
    'of type': `CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END`,
    bound: 'pg_get_expr(c.relpartbound, c.oid)',
    'partition key': `CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END`,
    query: `CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END`,
    populated: `CASE WHEN c.relkind = 'm' THEN c.relispopulated END`,
    server: `(SELECT s.srvname FROM pg_foreign_server s WHERE s.oid = f.ftserver)`,
    'server options': sorted('f.ftoptions')
  })}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam AND c.relkind IN ('r', 'p', 'm')
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND ${IS_USERS} AND ${isNoMember('pg_class', 'c.oid')}`
}

const columns: Query = {
  what: 'columns',
  sql: `-- read the columns
SELECT 'column' AS kind, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name, ${definition({
    position: `CASE WHEN NOT ${INHERITS} THEN row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) END`,
    type: 'format_type(a.atttypid, a.atttypmod)',
    'not null': flag('a.attnotnull'),
    identity: `nullif(a.attidentity, '')`,
    generated: `nullif(a.attgenerated, '')`,
    default: 'pg_get_expr(d.adbin, d.adrelid)',
    collation: `CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN a.attcollation::regcollation::text END`,
    storage: `CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END`,
    compression: `nullif(a.attcompression, '')`,
    'statistics target': 'nullif(a.attstattarget, -1)',
    options: `(SELECT jsonb_agg(o ORDER BY o COLLATE "C") FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\\_attver%')`,
    'server options': sorted('a.attfdwoptions'),
    inherited: `CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN 'and local' ELSE 'only' END END`
  })}
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${IS_USERS}`
}

const columnOrder: Query = {
  what: 'orders of columns',
  sql: `-- read the orders of inherited columns
SELECT 'order of columns' AS kind, format('of table %I.%I', n.nspname, c.relname) AS name, ${definition({
    columns:
      '(SELECT jsonb_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)'
  })}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'f') AND ${INHERITS} AND ${IS_USERS}`
}

/** The parts of a foreign key that touches partitions have names of the server's choice. Names for NOT NULL are of 18 and later. */
const constraints: Query = {
  what: 'constraints',
  sql: `-- read the constraints
SELECT 'constraint' AS kind, CASE WHEN k.conparentid <> 0 AND k.contype = 'f'
  THEN format('on %s, part of a foreign key to %s', k.conrelid::regclass, k.confrelid::regclass)
  ELSE format('%I on %s', k.conname, CASE WHEN k.contypid <> 0 THEN k.contypid::regtype::text ELSE k.conrelid::regclass::text END) END AS name,
${definition({
  definition: 'pg_get_constraintdef(k.oid)',
  'not validated': flag('NOT k.convalidated'),
  deferrable: flag('k.condeferrable'),
  deferred: flag('k.condeferred'),
  inherited: `CASE WHEN k.coninhcount > 0 THEN CASE WHEN k.conislocal THEN 'and local' ELSE 'only' END END`,
  'not inherited': flag(`k.connoinherit AND k.contype = 'c'`)
})}
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE ${IS_USERS} AND k.contype <> 'n' AND (k.conrelid <> 0 OR ${isNoMember('pg_type', 'k.contypid')})`
}

const indexes: Query = {
  what: 'indexes',
  sql: `-- read the indexes
SELECT 'index' AS kind, format('%I.%I', n.nspname, c.relname) AS name, ${definition({
    definition: 'pg_get_indexdef(c.oid)',
    invalid: flag('NOT i.indisvalid'),
    'not ready': flag('NOT (i.indisready AND i.indislive)'),
    clustered: flag('i.indisclustered'),
    'replica identity': flag('i.indisreplident'),
    options: sorted('c.reloptions'),
    parents: PARENTS,
    'statistics targets': `(SELECT jsonb_object_agg(a.attnum, a.attstattarget) FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attstattarget >= 0)`
  })}
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_USERS}`
}

const triggers: Query = {
  what: 'triggers',
  sql: `-- read the triggers
SELECT 'trigger' AS kind, CASE WHEN t.tgisinternal
  THEN format('%s of a constraint of %s%s', t.tgfoid::regproc, t.tgrelid::regclass, ' with ' || nullif(t.tgconstrrelid, 0)::regclass::text)
  ELSE format('%I on %s', t.tgname, t.tgrelid::regclass) END AS name, ${definition({
    definition: 'CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END',
    enabled: `nullif(t.tgenabled, 'O')`,
    'of a constraint': `CASE WHEN t.tgisinternal THEN pg_get_constraintdef(t.tgconstraint) END`,
    inherited: flag('t.tgparentid <> 0')
  })}
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${IS_USERS}`
}

const rules: Query = {
  what: 'rules',
  sql: `-- read the rules
SELECT 'rule' AS kind, format('%I on %s', r.rulename, r.ev_class::regclass) AS name, ${definition({
    query: 'pg_get_ruledef(r.oid)',
    enabled: `nullif(r.ev_enabled, 'O')`
  })}
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND ${IS_USERS} AND ${isNoMember('pg_class', 'c.oid')}`
}

const policies: Query = {
  what: 'policies',
  sql: `-- read the policies
SELECT 'policy' AS kind, format('%I on %s', p.polname, p.polrelid::regclass) AS name, ${definition({
    restrictive: flag('NOT p.polpermissive'),
    command: 'p.polcmd',
    roles: `(SELECT jsonb_agg(CASE WHEN r <> 0 THEN pg_get_userbyid(r) ELSE '' END) FROM unnest(p.polroles) r)`,
    using: 'pg_get_expr(p.polqual, p.polrelid)',
    check: 'pg_get_expr(p.polwithcheck, p.polrelid)'
  })}
FROM pg_policy p`
}

const sequences: Query = {
  what: 'settings of sequences',
  sql: `-- read the settings of sequences
SELECT 'sequence settings' AS kind, c.oid::regclass::text AS name, ${definition({
    type: 'format_type(s.seqtypid, NULL)',
    start: 's.seqstart',
    increment: 's.seqincrement',
    maximum: 's.seqmax',
    minimum: 's.seqmin',
    cache: 's.seqcache',
    cycle: flag('s.seqcycle'),
    'owned by': `(SELECT format('%s.%I', d.refobjid::regclass, a.attname) || CASE d.deptype WHEN 'i' THEN ' as identity' ELSE '' END
      FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))`
  })}
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${IS_USERS}`
}

const statistics: Query = {
  what: 'extended statistics',
  sql: `-- read the extended statistics
SELECT 'statistics' AS kind, format('%I.%I', n.nspname, s.stxname) AS name, ${definition({
    definition: 'pg_get_statisticsobjdef(s.oid)',
    target: 'nullif(s.stxstattarget, -1)'
  })}
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${IS_USERS}`
}

export const RELATIONS: readonly Query[] = [
  relations,
  columns,
  columnOrder,
  constraints,
  indexes,
  triggers,
  rules,
  policies,
  sequences,
  statistics
]
