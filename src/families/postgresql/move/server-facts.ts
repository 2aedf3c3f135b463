import type { JsonObject } from '../../../contract/json.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'

/** What belongs to the server and not to the tenant: it may differ, and is told. */
export interface ServerFacts {
  readonly major: number
  /** Who made the server. */
  readonly superuser: string
  /** By what it is for people. */
  readonly told: ReadonlyMap<string, string>
}

const SETTINGS = [
  'server_version',
  'TimeZone',
  'lc_messages',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'max_connections',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'deadlock_timeout',
  'default_text_search_config',
  'default_transaction_isolation',
  'DateStyle',
  'IntervalStyle',
  'max_prepared_transactions',
  'wal_level'
]

/** `reset_val`: as a session begins with, not as ours is pinned. */
const FACTS = `-- look at the server
  SELECT current_setting('server_version_num')::int4 / 10000 AS major, (SELECT r.rolname FROM pg_roles r WHERE r.oid = 10) AS superuser,
    d.datcollate AS collate, d.datctype AS ctype, coalesce(d.datcollversion, 'none') AS collation_version,
    to_jsonb(d)->>'datlocprovider' AS provider, coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale', 'none') AS locale,
    (SELECT json_object_agg(s.name, s.reset_val) FROM pg_settings s WHERE s.name = ANY ($1))::text AS settings,
    (SELECT json_object_agg(k.collname, k.collversion) FROM pg_collation k
      WHERE k.collversion IS NOT NULL AND EXISTS (SELECT FROM pg_depend u
        WHERE u.refclassid = 'pg_collation'::regclass AND u.refobjid = k.oid AND u.objid >= 16384))::text AS collations
  FROM pg_database d WHERE d.datname = current_database()`

export async function serverFacts(session: PostgresqlSession): Promise<ServerFacts> {
  const [row] = await session.query(FACTS, [SETTINGS])
  const told = new Map<string, string>([
    ['collation of the database', String(row?.['collate'])],
    ['character classes of the database', String(row?.['ctype'])],
    ['locale provider of the database', String(row?.['provider'])],
    ['locale of the database', String(row?.['locale'])],
    ['collation version of the database', String(row?.['collation_version'])],
    ...pairs(row, 'settings', 'server setting'),
    ...pairs(row, 'collations', 'version of collation')
  ])
  return { major: Number(row?.['major']), superuser: String(row?.['superuser']), told }
}

function pairs(row: JsonObject | undefined, key: string, what: string): [string, string][] {
  const object = JSON.parse(String(row?.[key] ?? '{}')) as Record<string, unknown>
  return Object.entries(object).map(([name, value]) => [`${what} ${name}`, String(value)])
}

/** One sentence for each that differs. What only one side has is not comparable. */
export function serverNotes(from: ServerFacts, to: ServerFacts): readonly string[] {
  return [...from.told]
    .filter(([name, value]) => to.told.has(name) && to.told.get(name) !== value)
    .map(([name, value]) => `${name}: ${value} at the source, ${to.told.get(name)} at the target.`)
}
