import { ProviderFailure } from '../../../contract/errors.ts'
import { type Call, type PostgresqlSession, SqlState } from '../../../contract/ports.ts'
import { OF_TENANT } from './source-tables.ts'

/** What the planner wants to know of tables; names are quoted. */
export async function gatherStatistics(
  names: readonly string[],
  target: PostgresqlSession,
  call: Call
): Promise<void> {
  if (names.length === 0) return
  try {
    await target.query(`-- gather statistics\nANALYZE ${names.join(', ')}`)
  } catch (error) {
    // A tenant's function in an index may refuse; the server will try again by itself.
    if (!(error instanceof ProviderFailure && error.cause instanceof SqlState)) throw error
    call.note(`statistics of ${names.length} tables could not be gathered: ${error.message}`)
  }
}

/** Of what has no rows that are copied: materialized views that were filled, and partitioned tables that were looked at as a whole. */
export async function gatherOthers(
  source: PostgresqlSession,
  target: PostgresqlSession,
  call: Call
): Promise<void> {
  const rows = await source.query(
    `-- look for statistics
     SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OF_TENANT} AND (c.relkind = 'm' AND c.relispopulated OR c.relkind = 'p' AND c.reltuples >= 0)`
  )
  const names = rows.map((row) => String(row['name']))
  await gatherStatistics(names, target, call)
}
