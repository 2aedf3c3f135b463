import pg from 'pg'
import sqlite3 from 'sqlite3'

export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

export type Row = Readonly<Record<string, unknown>>

/** What lies in a broker's store, past the broker: a look from outside, also while it runs. */
export function storeRows(store: StoreAddress, sql: string): Promise<readonly Row[]> {
  return store.kind === 'sqlite' ? fromSqlite(store.path, sql) : fromPostgres(store.url, sql)
}

function fromSqlite(path: string, sql: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (failed) => {
      if (failed) reject(failed)
    })
    database.configure('busyTimeout', 10_000)
    database.all(sql, (failed, rows) => {
      database.close()
      if (failed) reject(failed)
      else resolve(rows as Row[])
    })
  })
}

async function fromPostgres(url: string, sql: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Row[]
  } finally {
    await client.end()
  }
}
