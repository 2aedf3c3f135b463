import pg from 'pg'

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
