import type { MoveFinding } from '../../../../contract/move.ts'
import { finding, type Group, type Look, OWN_SCHEMAS } from './look.ts'

/** What is moved, but may surprise. */
export const contents: Group = async (look) => [
  ...(await namesDifferingInCase(look)),
  ...(await tables(look))
]

async function namesDifferingInCase({ inside }: Look): Promise<readonly MoveFinding[]> {
  const rows = await inside.query(
    `-- look for names that differ in case
     SELECT 'schemas' AS kind, string_agg(quote_ident(nspname), ', ' ORDER BY nspname) AS names
       FROM pg_namespace n WHERE ${OWN_SCHEMAS} GROUP BY lower(nspname) HAVING count(*) > 1
     UNION ALL
     SELECT 'tables', string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.relname)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE ${OWN_SCHEMAS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') GROUP BY n.oid, lower(c.relname) HAVING count(*) > 1
     UNION ALL
     SELECT 'columns', string_agg(format('%I.%I.%I', n.nspname, c.relname, a.attname), ', ' ORDER BY a.attname)
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE ${OWN_SCHEMAS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
       GROUP BY c.oid, lower(a.attname) HAVING count(*) > 1
     ORDER BY 1, 2`
  )
  return rows.map(({ kind, names }) =>
    finding(
      'names-differ-in-case',
      'warning',
      `${String(kind)} ${String(names)}`,
      'Their names differ in capitals only. They are moved, but tools mix them up.'
    )
  )
}

async function tables({ inside }: Look): Promise<readonly MoveFinding[]> {
  const rows = await inside.query(
    `-- look for unusual tables
     SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'm' AS view
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OWN_SCHEMAS} AND (c.relkind = 'm' OR c.relkind IN ('r', 'p') AND c.relpersistence = 'u') ORDER BY 1`
  )
  return rows.map(({ name, view }) =>
    view === true
      ? finding(
          'stale-materialized-view',
          'note',
          `materialized view ${String(name)}`,
          'It is refreshed at the target: if it was stale, it has other rows there.'
        )
      : finding(
          'unlogged-tables',
          'warning',
          `table ${String(name)}`,
          'It is unlogged: it is copied with its rows, and a crash of the server empties it, there as here.'
        )
  )
}
