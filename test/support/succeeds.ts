import pg from 'pg'
import type { JsonObject } from '../../src/contract/json.ts'

/** Whether the statement works over a new connection. Rejects for any other reason than the server's refusal. */
export async function succeeds(client: pg.Client, sql: string): Promise<boolean> {
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(sql)
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError) return false
    throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The same of an application with these credentials. */
export function runs(credentials: JsonObject, sql: string): Promise<boolean> {
  return succeeds(boundClient(credentials), sql)
}

/** PostgreSQL as an application with these credentials has it. */
export function boundClient(credentials: JsonObject): pg.Client {
  const { host, port, database, username, password, sslrootcert } = credentials
  return new pg.Client({
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
    ssl: { ca: String(sslrootcert) }
  })
}
