import type { PostgresqlSession } from '../../../contract/ports.ts'

/** Materialised views are filled with the rest, after the statistics of the tables were gathered. */
export async function analyzeViews(target: PostgresqlSession): Promise<void> {
  const rows = await target.query(
    `-- look for materialised views
     SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND c.relispopulated AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
  )
  if (rows.length === 0) return
  await target.query(`-- gather statistics\nANALYZE ${rows.map(({ name }) => String(name)).join(', ')}`)
}
