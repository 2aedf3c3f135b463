/**
 * When each service of a provider was looked at, by whom it is to be looked at next, and what differed then; orphans have a table
 * of their own.
 */
export const looks: readonly string[] = [
  `create table looks (
    place text primary key,
    provider text not null,
    family text not null,
    ordered_at bigint not null,
    operation text,
    looked_at bigint)`,

  `create table drifts (
    resource text primary key,
    provider text not null,
    family text not null,
    kind text not null,
    first_seen_at bigint not null)`
]
