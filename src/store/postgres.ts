import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import {
  type CompiledSql,
  compileSql,
  type Database,
  type Row,
  type Session,
  type SqlParameter,
  type Written
} from './session.ts'

/** What is used of a client of the package `pg`. */
interface RawClient {
  query(query: {
    text: string
    name?: string
    values?: SqlParameter[]
  }): Promise<{ rows: Row[]; rowCount: number | null }>
  on(event: string, listener: (message: { channel?: string }) => void): void
}

const CHANNEL = 'portolan'
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
const TRIES = 6
const LISTEN_AGAIN_MS = 2000

/** PostgreSQL for several processes. `clock` is given only by tests; the program lives by the database's time. */
export async function openPostgres(knex: Knex, clock?: () => number): Promise<Database> {
  const compiled = new Map<string, CompiledSql & { readonly name: string }>()
  let listener: RawClient | undefined
  let closing = false

  function compile(sql: string): CompiledSql & { readonly name: string } {
    const known = compiled.get(sql)
    if (known) return known
    const fresh = compileSql(sql, (position) => `$${position}`, clock ? undefined : NOW)
    const named = { ...fresh, name: createHash('md5').update(fresh.text).digest('hex') }
    compiled.set(sql, named)
    return named
  }

  function session(client: RawClient): Session & { settled(): Promise<void> } {
    const queued: Promise<unknown>[] = []

    async function write(sql: string, parameters: readonly SqlParameter[] = []): Promise<Written> {
      const found = compile(sql)
      const values = found.bind(parameters, clock ?? Date.now)
      const { rows, rowCount } = await client.query({ text: found.text, name: found.name, values })
      return { rows, changes: rowCount ?? 0 }
    }
    return {
      dialect: 'postgres',
      write,
      read: async (sql, parameters) => (await write(sql, parameters)).rows,
      queue(sql, parameters) {
        const sent = write(sql, parameters)
        sent.catch(() => {})
        queued.push(sent)
      },
      // In order: after the first failure the server only says that the transaction is over.
      async settled() {
        for (const each of queued) await each
      }
    }
  }

  async function withClient<T>(use: (client: RawClient) => Promise<T>): Promise<T> {
    const client = (await knex.client.acquireConnection()) as RawClient
    try {
      return await use(client)
    } finally {
      await knex.client.releaseConnection(client)
    }
  }

  async function once<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return withClient(async (client) => {
      await client.query({ text: 'BEGIN' })
      const inside = session(client)
      try {
        const value = await work(inside)
        await inside.settled()
        await client.query({ text: 'COMMIT' })
        return value
      } catch (error) {
        const first = await inside.settled().then(
          () => error,
          (earlier: unknown) => earlier
        )
        await client.query({ text: 'ROLLBACK' }).catch(() => {})
        throw first
      }
    })
  }

  /** After a fail-over; until then the engine's own polling finds the work. */
  function listenAgain(heard: () => void): void {
    if (closing) return
    setTimeout(() => database.listen(heard).then(heard, () => listenAgain(heard)), LISTEN_AGAIN_MS).unref()
  }

  const database: Database = {
    dialect: 'postgres',
    read: (work) => withClient((client) => work(session(client))),
    async write(work) {
      for (let tries = 1; ; tries++) {
        try {
          return await once(work)
        } catch (error) {
          if (tries === TRIES || !worthAnotherTry(error)) throw error
        }
      }
    },
    async listen(heard) {
      if (closing) return
      const client = (await knex.client.acquireConnection()) as RawClient
      listener = client
      client.on('notification', heard)
      client.on('end', () => {
        listener = undefined
        void knex.client.releaseConnection(client)
        listenAgain(heard)
      })
      await client.query({ text: `LISTEN ${CHANNEL}` })
    },
    notify() {
      withClient((client) => client.query({ text: `NOTIFY ${CHANNEL}` })).catch(() => {})
    },
    async close() {
      closing = true
      if (listener) await knex.client.releaseConnection(listener)
      await knex.destroy()
    }
  }
  return database
}

/**
 * Lost races (unique key, serialisation, deadlock) and lost connections. After a lost COMMIT it is unknown whether it took
 * effect, and running the work again is right because it reads before it writes.
 */
function worthAnotherTry(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return /connection terminated/i.test(String((error as Error).message))
  return (
    ['23505', '40001', '40P01', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(code) ||
    /^(08|57P)/.test(code)
  )
}
