import type { JsonObject } from '../../../../contract/json.ts'
import type { PostgresqlSession } from '../../../../contract/ports.ts'
import { finding, type Group } from './look.ts'

/** What an application may notice. Settings that our own sessions bring along cannot be read here: time limits, `search_path`. */
const NAMES = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'bytea_output',
  'checkpoint_timeout',
  'client_encoding',
  'deadlock_timeout',
  'default_text_search_config',
  'default_toast_compression',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'effective_cache_size',
  'extra_float_digits',
  'jit',
  'lc_messages',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'maintenance_work_mem',
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'password_encryption',
  'server_version',
  'shared_buffers',
  'ssl',
  'standard_conforming_strings',
  'synchronous_commit',
  'transaction_timeout',
  'wal_level',
  'work_mem',
  'xmloption'
]

/** One note for each setting that the two servers have otherwise. What was set for the database itself moves with it. */
export const settings: Group = async ({ outside, target }) => {
  if (target === undefined) return []
  const [here, there] = [await read(outside), await read(target.outside)]
  return NAMES.flatMap((name) => {
    const [one, other] = [here.get(name), there.get(name)]
    if (one === other) return []
    const text = `${name} is ${one ?? 'unknown'} at the source and ${other ?? 'unknown'} at the target.`
    return [finding('settings-differ', 'note', `setting ${name}`, text)]
  })
}

async function read(session: PostgresqlSession): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query(
    `-- look at the settings
     SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1::text[])`,
    [NAMES]
  )
  return new Map(rows.map((row: JsonObject) => [String(row['name']), String(row['value'])]))
}
