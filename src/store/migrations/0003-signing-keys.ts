/** Public halves of the keys that signed receipts: they stay, whatever the settings say later. */
export const signingKeys: readonly string[] = [
  `create table signing_keys (
    seq {sequence},
    id text not null unique,
    jwk_json text not null,
    created_at bigint not null)`
]
