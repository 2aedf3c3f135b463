import type { Task } from './lanes.ts'
import type { Reading } from './reading.ts'
import type { Counted } from './row-hash.ts'

/** The planner knows nothing yet of these tables at the target, quoted with their schemas. Only of tables that have something to know. */
const UNKNOWN = `-- look for tables without statistics
  SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END || format(' %I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND coalesce(a.attstattarget, -1) <> 0 AND has_column_privilege(c.oid, a.attnum, 'SELECT'))
    AND (n.nspname, c.relname) NOT IN (SELECT s.schemaname, s.tablename FROM pg_stats s)`

/** `unready`: the tables that were not analysed, known when it is done. */
export function readinessTask(unready: Set<string>, reading: Reading): Task {
  return {
    async run(session) {
      for (const row of await session.query(UNKNOWN)) unready.add(String(row['name']))
    },
    refused(why) {
      reading.unread.set('statistics of tables', why)
      return []
    }
  }
}

/** Those of them that have rows. */
export function unreadyTables(
  unready: ReadonlySet<string>,
  counted: ReadonlyMap<string, Counted>
): readonly string[] {
  return [...unready].filter((name) => (counted.get(name)?.rows ?? 0) > 0)
}
