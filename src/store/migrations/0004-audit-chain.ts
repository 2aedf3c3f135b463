/**
 * `audit_chain`: one link for each audit row, in the order in which they were sealed, and one for each break that an operator
 * confirmed. `salt` goes when the personal fields of its row are erased; what they were digested to stays.
 */
export const auditChain: readonly string[] = [
  `create table audit_chain (
    number bigint primary key,
    audit_seq bigint unique,
    key_id text not null,
    previous text not null,
    digest text not null,
    mac text not null,
    floor bigint not null,
    at bigint not null,
    salt text,
    personal text,
    erased_by bigint,
    break_json text)`,
  `create index audit_chain_breaks on audit_chain (number) where break_json is not null`,
  `create table leases (name text primary key, holder text not null, until bigint not null)`
]
