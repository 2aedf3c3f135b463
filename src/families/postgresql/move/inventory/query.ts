/**
 * One look at a catalog. Its rows: `kind`, `name`, and
 * - `definition`: JSON; what is absent in it is the default. Names of roles only under `roles`.
 * - `role`: whose it is, where that is part of the name. A name, or null for PUBLIC.
 * With an empty search_path every name without a schema is of `pg_catalog`, and every name of the answer has its schema.
 */
export interface Query {
  /** For people: `tables and views`. */
  readonly what: string
  readonly sql: string
}

/** A schema `n` that is neither the server's nor temporary. */
export const IS_USERS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/** An extension brings its objects along: its version stands for them. */
export function isNoMember(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`
}

/** A JSON definition without what is absent. */
export function definition(parts: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parts).map(([key, sql]) => `'${key}', ${sql}`)
  return `jsonb_strip_nulls(jsonb_build_object(${pairs.join(',\n  ')}))::text AS definition`
}

/** An array of texts as JSON, in the order of its texts; null when there is none. */
export function sorted(array: string): string {
  return `(SELECT jsonb_agg(o ORDER BY o COLLATE "C") FROM unnest(${array}) o)`
}

/** `true`, or absent. */
export function flag(condition: string): string {
  return `nullif(${condition}, false)`
}
