import type { JsonObject } from '../../../contract/json.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'

/** A table with rows of its own; partitioned ones have none. */
export interface SourceTable {
  readonly oid: number
  /** Quoted, with its schema. */
  readonly name: string
  readonly bytes: number
  /** Quoted, in parentheses; empty for a table without any that could be copied. */
  readonly columns: string
  /** What it has binary means nothing on another server: OIDs of a tenant's types, or no binary form at all. */
  readonly isText: boolean
  /** Of an extension, whose script has made it and perhaps filled it: only rows that are not the script's. */
  readonly condition: string | undefined
  readonly indexes: readonly SourceIndex[]
}

export interface SourceIndex {
  /** How an archive calls it: `1259 16390`, or `2606 16391` for that of a constraint. */
  readonly entry: string
  readonly weight: number
}

/** Schemas that are not a tenant's. `pg_` is reserved, so no tenant's begins with it. */
export const OF_TENANT = `nspname !~ '^pg_' AND nspname <> 'information_schema'`

const QUESTION = `-- look at the tables
WITH RECURSIVE base AS (
  SELECT oid AS type, oid AS base, typtype, typname, typelem, typsend FROM pg_type WHERE typtype <> 'd'
  UNION ALL
  SELECT d.oid, b.base, b.typtype, b.typname, b.typelem, b.typsend FROM pg_type d JOIN base b ON d.typtype = 'd' AND d.typbasetype = b.type
), config AS (
  SELECT c.oid, c.condition FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS c (oid, condition)
), columns AS (
  SELECT a.attrelid, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names,
         bool_or(b.typtype IN ('c', 'p') OR b.typsend = 0 OR b.typelem >= 16384 OR e.typsend = 0
                 OR b.typtype IN ('r', 'm') AND b.base >= 16384 OR b.base < 16384 AND b.typname ~ '^_?reg') AS is_text
  FROM pg_attribute a JOIN base b ON b.type = a.atttypid LEFT JOIN pg_type e ON e.oid = b.typelem
  WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY a.attrelid
), indexes AS (
  SELECT x.indrelid, json_agg(json_build_object(
           'entry', CASE WHEN k.oid IS NULL THEN '1259 ' || x.indexrelid::text ELSE '2606 ' || k.oid::text END,
           'weight', coalesce(pg_relation_size(i.oid), 0) * CASE WHEN m.amname IN ('gin', 'gist') THEN 6 ELSE 1 END)) AS list
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
  LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x')
  GROUP BY x.indrelid
)
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
       coalesce(pg_relation_size(c.oid), 0) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS bytes,
       columns.names, columns.is_text, config.oid IS NOT NULL AS is_config, config.condition, indexes.list::text AS indexes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN config ON config.oid = c.oid LEFT JOIN columns ON columns.attrelid = c.oid LEFT JOIN indexes ON indexes.indrelid = c.oid
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND (${OF_TENANT} OR config.oid IS NOT NULL)
  AND (config.oid IS NOT NULL OR NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
ORDER BY c.oid`

export async function sourceTables(source: PostgresqlSession): Promise<readonly SourceTable[]> {
  return (await source.query(QUESTION)).map(tableOf)
}

function tableOf(row: JsonObject): SourceTable {
  const { oid, name, bytes, names, condition, indexes } = row
  const isConfig = row['is_config'] === true
  return {
    oid: Number(oid),
    name: String(name),
    bytes: Number(bytes),
    columns: typeof names === 'string' ? `(${names})` : '',
    isText: row['is_text'] === true,
    condition: isConfig ? String(condition ?? '') : undefined,
    // The extension's script has made those too.
    indexes: isConfig || typeof indexes !== 'string' ? [] : (JSON.parse(indexes) as SourceIndex[])
  }
}
