import { readFileSync } from 'node:fs'
import pg from 'pg'

const FULL_MEGABYTES = 1024

/** A database of about so many megabytes with something of everything; answers how many it has. */
export async function makeShop(uri: string, megabytes: number): Promise<number> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  try {
    await client.query(`SELECT set_config('bench.scale', $1, false)`, [String(megabytes / FULL_MEGABYTES)])
    await client.query(readFileSync(new URL('shop.sql', import.meta.url), 'utf8'))
    // Nothing is left for the servers to tidy up while it is measured.
    await client.query('VACUUM (ANALYZE)')
    const { rows } = await client.query('SELECT pg_database_size(current_database()) / 1048576 AS size')
    return Number(rows[0]?.size)
  } finally {
    await client.end()
  }
}
