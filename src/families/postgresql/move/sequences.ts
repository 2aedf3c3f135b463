import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'
import { runInBatches } from './in-batches.ts'
import { OF_TENANT } from './source-tables.ts'
import type { Lane } from './tasks.ts'

const BATCH = 100

/** Where they stand: no snapshot holds them, so the source must be frozen. */
export async function copySequences({ source, target }: Lane): Promise<void> {
  const names = await sequencesOf(source)
  for (let at = 0; at < names.length; at += BATCH) {
    const questions = names
      .slice(at, at + BATCH)
      .map((name) => `SELECT ${quoteText(name)} AS name, last_value::text AS value, is_called FROM ${name}`)
    const rows = await source.query(`-- read sequences\n${questions.join('\nUNION ALL\n')}`)
    const statements = rows.map(({ name, value, is_called: isCalled }) => {
      const sequence = quoteText(String(name))
      return `SELECT pg_catalog.setval(${sequence}, ${String(value)}, ${isCalled === true})`
    })
    await runInBatches(target, 'set sequences', statements)
  }
}

/** Quoted, with their schemas. Those of an extension only where it says that they are a tenant's data. */
async function sequencesOf(source: PostgresqlSession): Promise<readonly string[]> {
  const rows = await source.query(
    `-- look at the sequences
     SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND c.relpersistence <> 't'
       AND (EXISTS (SELECT FROM pg_extension WHERE c.oid = ANY (extconfig))
         OR ${OF_TENANT} AND NOT EXISTS (
           SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
     ORDER BY 1`
  )
  return rows.map((row) => String(row['name']))
}
