import { randomInt } from 'node:crypto'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { isNoMember } from './inventory/query.ts'
import type { Task } from './lanes.ts'
import type { Reading } from './reading.ts'

/** How rows are turned into numbers, the same on both sides. */
export interface Hashing {
  /** Drawn anew for every verification, so that nobody can make rows that look alike. */
  readonly seed: string
  /** The server has no `record_send` or no `hash_record_extended`: the text of rows instead. */
  readonly byText: boolean
}

export interface Table {
  /** `table shop.orders` */
  readonly name: string
  /** Quoted, with its schema. */
  readonly relation: string
  readonly isMaterialized: boolean
  readonly bytes: number
  /** Quoted; `asText`: what is sent of it differs between two equal databases, or nothing can be. */
  readonly columns: readonly { readonly name: string; readonly asText: boolean }[]
  /** Of an extension that does not have its rows dumped: nobody copies them, and they may be nobody's to read. */
  readonly isExtensionsOwn: boolean
}

export interface Counted {
  readonly rows: number
  readonly hash: string
}

/** A seed of 15 digits: the same text on both sides. */
export function freshSeed(): string {
  return String(randomInt(1, 2 ** 47))
}

/** One row of every type whose bytes could depend on the machine or the version. */
const VECTOR = `row(1::int2, 2::int4, 3::int8, 1.10::numeric, '-0'::float8, 0.1::float4, 'ä'::text, '\\x00ff'::bytea, true, '2026-01-01'::date,
  '2026-01-01 12:00+00'::timestamptz, '1 month'::interval, '{"n": 1.0}'::jsonb, ARRAY['a', NULL], '10.0.0.1'::inet, 'c'::char(3), NULL::int)`

/** Compared between the sides before anything else: two servers that hash the same row to other numbers cannot be compared. */
export async function knownVector(session: PostgresqlSession, hashing: Hashing): Promise<string> {
  const [row] = await session.query(`-- hash a known row
    SELECT ${hashed(VECTOR, hashing)}::text AS hash`)
  return String(row?.['hash'])
}

export async function canSendRecords(session: PostgresqlSession): Promise<boolean> {
  const [row] = await session.query(`-- look for the functions that hash
    SELECT to_regprocedure('pg_catalog.hash_record_extended(record, bigint)') IS NOT NULL
      AND to_regprocedure('pg_catalog.record_send(record)') IS NOT NULL AS known`)
  return row?.['known'] === true
}

/** The largest first. Columns by name: a restored table may have them in another order. */
export async function tablesOf(session: PostgresqlSession): Promise<readonly Table[]> {
  const rows = await session.query(`-- list the tables
    SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END || format(' %I.%I', n.nspname, c.relname) AS name,
      format('%I.%I', n.nspname, c.relname) AS relation, c.relkind = 'm' AS is_materialized, NOT ${isNoMember('pg_class', 'c.oid')}
        AND NOT EXISTS (SELECT FROM pg_extension x WHERE c.oid = ANY (x.extconfig)) AS is_extensions_own,
      coalesce(pg_relation_size(c.oid), 0) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS bytes,
      (SELECT json_agg(json_build_array(a.attname, t.oid >= 16384 OR t.typelem >= 16384 OR t.typname ~ '^_?reg' OR t.typsend = 0)
        ORDER BY a.attname COLLATE "C") FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY bytes DESC, name`)
  return rows.map((row) => ({
    name: String(row['name']),
    relation: String(row['relation']),
    isMaterialized: row['is_materialized'] === true,
    isExtensionsOwn: row['is_extensions_own'] === true,
    bytes: Number(row['bytes']),
    columns: (JSON.parse(String(row['columns'] ?? '[]')) as [string, boolean][]).map(([name, asText]) => ({
      name: quoteName(name),
      asText
    }))
  }))
}

const SMALL = 1_000_000
const BATCH = 40
/** A row is larger than a value may be: a limit, or an allocation that is refused as such. */
const TOO_LARGE: readonly (string | undefined)[] = ['54000', 'XX000']

/** What becomes of the rows of each table, as the tasks get done. */
export interface RowCount {
  readonly seen: Map<string, Counted>
  /** By the column: both sides must do the same. */
  readonly isWide: ReadonlySet<string>
  /** A table's rows are too large to be hashed as a whole. */
  readonly tooLarge: (table: Table) => void
  readonly done: (tables: readonly Table[]) => void
}

/** A large table for itself; many small ones in one statement, for a far server costs a round trip for each. */
export function rowTasks(
  tables: readonly Table[],
  hashing: Hashing,
  count: RowCount,
  reading: Reading
): Task[] {
  const small = tables.filter((table) => table.bytes < SMALL)
  const batches: (readonly Table[])[] = tables.filter((table) => table.bytes >= SMALL).map((table) => [table])
  for (let at = 0; at < small.length; at += BATCH) batches.push(small.slice(at, at + BATCH))
  return batches.map((batch) => rowTask(batch, hashing, count, reading))
}

function rowTask(batch: readonly Table[], hashing: Hashing, count: RowCount, reading: Reading): Task {
  return {
    async run(session) {
      const parts = batch.map((table, index) =>
        countRows(table, index, hashing, count.isWide.has(table.name))
      )
      const rows = await session.query(`-- hash the rows\n${parts.join('\nUNION ALL ')}`)
      for (const row of rows) {
        const table = batch[Number(row['at'])]
        if (table) count.seen.set(table.name, { rows: Number(row['rows']), hash: String(row['hash']) })
      }
      count.done(batch)
    },
    refused(why, state) {
      const [table] = batch
      if (table === undefined) return []
      if (batch.length > 1) return batch.map((one) => rowTask([one], hashing, count, reading))
      if (table.isExtensionsOwn)
        reading.notes.push(`rows of ${table.name}: its extension's own, not compared: ${why}.`)
      else if (TOO_LARGE.includes(state) && !count.isWide.has(table.name)) count.tooLarge(table)
      else reading.unread.set(`rows of ${table.name}`, why)
      return []
    }
  }
}

function countRows(table: Table, at: number, hashing: Hashing, isWide: boolean): string {
  const values = table.columns.flatMap(valuesOf)
  const row = isWide
    ? `row(${values.map((value) => hashed(`row(${value})`, hashing)).join(', ')})`
    : `row(${values.join(', ')})`
  return `SELECT ${at} AS at, count(*) AS rows, coalesce(sum(${hashed(row, hashing)}), 0)::text AS hash FROM ONLY ${table.relation} x`
}

/**
 * `format` runs the type's own output function, where a cast to text could be one of the tenant's making. It does not tell NULL from
 * an empty text, so that is told beside it.
 */
function valuesOf(column: Table['columns'][number]): readonly string[] {
  const value = `x.${column.name}`
  return column.asText ? [`format('%s', ${value})`, `num_nulls(${value})`] : [value]
}

/**
 * The bytes that the server would send. The hash of the row itself takes 1.1 for 1.10 and -0 for 0, and is blind to two rows that
 * swapped a value when it is summed.
 */
export function hashed(row: string, { seed, byText }: Hashing): string {
  return byText
    ? `hashtextextended(${row}::text, ${seed})`
    : `hash_record_extended(row(record_send(${row})), ${seed})`
}
