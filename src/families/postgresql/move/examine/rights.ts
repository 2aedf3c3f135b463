import { loginComment } from '../../../../contract/mark.ts'
import type { MoveFinding } from '../../../../contract/move.ts'
import { readerOf } from '../../names.ts'
import { finding, type Group, type Look, OWN_SCHEMAS, standsAlone } from './look.ts'

/** Who copies must be able to read everything, and who freezes to lock everything. */
export const rights: Group = async (look) => [
  ...rootRights(look),
  ...(await rowSecurity(look)),
  ...(await closedTables(look))
]

function rootRights({ source, target }: Look): readonly MoveFinding[] {
  const lacking = (side: string, right: string) =>
    finding(
      'rights-missing',
      'blocking',
      side,
      `The administrator of the database server lacks a right: ${right}.`
    )
  return [
    ...(source.makesRoles ? [] : [lacking('source', 'CREATEROLE')]),
    ...(source.ownsDatabase ? [] : [lacking('source', 'ownership of the database')]),
    ...(target === undefined || target.facts.makesRoles ? [] : [lacking('target', 'CREATEROLE')]),
    ...(target === undefined || target.facts.ownsDatabase
      ? []
      : [lacking('target', 'ownership of the database')])
  ]
}

async function rowSecurity({ inside }: Look): Promise<readonly MoveFinding[]> {
  const rows = await inside.query(
    `-- look for forced row security
     SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relrowsecurity AND c.relforcerowsecurity ORDER BY 1`
  )
  return rows.map(({ name }) =>
    finding(
      'force-row-level-security',
      'blocking',
      `table ${String(name)}`,
      'Its policies bind its owner too, so nobody can read all of its rows.',
      `ALTER TABLE ${String(name)} NO FORCE ROW LEVEL SECURITY, until the switch is over`
    )
  )
}

/** An owner can take the rights to a table from itself, and then neither copy nor lock it. */
async function closedTables({ inside, from }: Look): Promise<readonly MoveFinding[]> {
  const rows = await inside.query(
    `-- look for closed tables
     WITH ours AS (
       SELECT oid FROM pg_roles
       WHERE rolname IN ($1, $2) OR shobj_description(oid, 'pg_authid') = $3)
     SELECT format('%I.%I', n.nspname, c.relname) AS name, format('%I', pg_get_userbyid(c.relowner)) AS owner, format('%I', n.nspname) AS schema,
       EXISTS (SELECT FROM ours WHERE has_schema_privilege(ours.oid, n.oid, 'USAGE')) AS is_reachable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND ${OWN_SCHEMAS}
       AND ${standsAlone(`'pg_class'::regclass`, 'c.oid')}
       AND NOT (EXISTS (SELECT FROM ours WHERE has_schema_privilege(ours.oid, n.oid, 'USAGE'))
         AND EXISTS (SELECT FROM ours WHERE has_table_privilege(ours.oid, c.oid, 'SELECT'))
         AND (c.relkind = 'S' OR EXISTS (SELECT FROM ours WHERE has_table_privilege(ours.oid, c.oid, 'UPDATE, DELETE, TRUNCATE'))))
     ORDER BY 1`,
    [from.access.database, readerOf(from.access.database), loginComment(from.access.database)]
  )
  return rows.map((row) =>
    finding(
      'rights-missing',
      'blocking',
      `table ${String(row['name'])}`,
      'None of the logins may both read it and write to it, not even its owner.',
      row['is_reachable'] === true
        ? `GRANT ALL ON ${String(row['name'])} TO ${String(row['owner'])}`
        : `GRANT USAGE ON SCHEMA ${String(row['schema'])} TO ${String(row['owner'])}`
    )
  )
}
