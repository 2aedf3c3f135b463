/** What stands at providers with this broker's mark and belongs to no instance, and since when that is known. */
export const orphans: readonly string[] = [
  `create table orphans (
    resource text primary key,
    provider text not null,
    family text not null,
    name text not null,
    generation bigint not null,
    first_seen_at bigint not null)`
]
