import pg from 'pg'
import type { JsonObject } from '../../src/contract/json.ts'

const ATTEMPTS = 5
/** Refused for good: wrong password, no such login, no LOGIN right, no CONNECT right, no such database. */
const REFUSALS = ['28P01', '28000', '42501', '3D000']

/** Whether the credentials of a binding open its database now. Rejects for any other reason than a refusal. */
export async function logsIn(credentials: JsonObject): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const client = clientFor(credentials)
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('SELECT 1')
      return true
    } catch (error) {
      if (REFUSALS.includes(String((error as { code?: unknown }).code))) return false
      if (attempt === ATTEMPTS) throw error
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

export function clientFor(credentials: JsonObject): pg.Client {
  const { host, port, database, user, password, sslrootcert } = credentials
  return new pg.Client({
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(user),
    password: String(password),
    connectionTimeoutMillis: 20_000,
    ...(typeof sslrootcert === 'string' ? { ssl: { ca: sslrootcert } } : {})
  })
}
