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
  on(event: string, listener: () => void): void
}

type Named = CompiledSql & { readonly name: string }

const CHANNEL = 'portolan'
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
const TRIES = 6
const LISTEN_AGAIN_MS = 2000

/** PostgreSQL for several processes. `clock` is given only by tests; the program lives by the database's time. */
export async function openPostgres(knex: Knex, clock?: () => number): Promise<Database> {
  return new Postgres(knex, clock)
}

class Postgres implements Database {
  readonly dialect = 'postgres'
  readonly #knex: Knex
  readonly #clock: (() => number) | undefined
  readonly #compiled = new Map<string, Named>()
  #listener: RawClient | undefined
  #isClosing = false

  constructor(knex: Knex, clock: (() => number) | undefined) {
    this.#knex = knex
    this.#clock = clock
  }

  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#withClient((client) => work(this.#session(client)))
  }

  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      await client.query({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' })
      try {
        return await work(this.#session(client))
      } finally {
        await client.query({ text: 'ROLLBACK' }).catch(() => {})
      }
    })
  }

  async write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(work)
      } catch (error) {
        if (tries === TRIES || !worthAnotherTry(error)) throw error
      }
    }
  }

  async listen(heard: () => void): Promise<void> {
    if (this.#isClosing) return
    const client = (await this.#knex.client.acquireConnection()) as RawClient
    try {
      await client.query({ text: `LISTEN ${CHANNEL}` })
    } catch (error) {
      await this.#knex.client.releaseConnection(client)
      throw error
    }
    this.#listener = client
    client.on('notification', heard)
    client.on('end', () => {
      if (this.#isClosing) return
      this.#listener = undefined
      void this.#knex.client.releaseConnection(client)
      this.#listenAgain(heard)
    })
  }

  notify(): void {
    this.#withClient((client) => client.query({ text: `NOTIFY ${CHANNEL}` })).catch(() => {})
  }

  async close(): Promise<void> {
    this.#isClosing = true
    if (this.#listener) await this.#knex.client.releaseConnection(this.#listener)
    await this.#knex.destroy()
  }

  /** After a fail-over; until then the engine's own polling finds the work. */
  #listenAgain(heard: () => void): void {
    if (this.#isClosing) return
    const again = (): void => {
      this.listen(heard).then(heard, () => this.#listenAgain(heard))
    }
    setTimeout(again, LISTEN_AGAIN_MS).unref()
  }

  async #withClient<T>(use: (client: RawClient) => Promise<T>): Promise<T> {
    const client = (await this.#knex.client.acquireConnection()) as RawClient
    try {
      return await use(client)
    } finally {
      await this.#knex.client.releaseConnection(client)
    }
  }

  #once<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      await client.query({ text: 'BEGIN' })
      const session = this.#session(client)
      try {
        const value = await work(session)
        await session.settled()
        await client.query({ text: 'COMMIT' })
        return value
      } catch (error) {
        const first = await session.settled().then(
          () => error,
          (earlier: unknown) => earlier
        )
        await client.query({ text: 'ROLLBACK' }).catch(() => {})
        throw first
      }
    })
  }

  #session(client: RawClient): Session & { settled(): Promise<void> } {
    let last: Promise<unknown> = Promise.resolve()
    // One after the other: the client takes a statement only when the one before is answered.
    const write = (sql: string, parameters: readonly SqlParameter[] = []): Promise<Written> => {
      const sent = last.then(() => this.#send(client, sql, parameters))
      last = sent
      sent.catch(() => {})
      return sent
    }
    return {
      dialect: 'postgres',
      write,
      read: async (sql, parameters) => (await write(sql, parameters)).rows,
      queue: (sql, parameters) => void write(sql, parameters),
      settled: async () => void (await last)
    }
  }

  async #send(client: RawClient, sql: string, parameters: readonly SqlParameter[]): Promise<Written> {
    const { text, name, bind } = this.#compile(sql)
    const values = bind(parameters, this.#clock ?? Date.now)
    const { rows, rowCount } = await client.query({ text, name, values })
    return { rows, changes: rowCount ?? 0 }
  }

  #compile(sql: string): Named {
    const known = this.#compiled.get(sql)
    if (known) return known
    const fresh = compileSql(sql, (position) => `$${position}`, this.#clock ? undefined : NOW)
    const named = { ...fresh, name: createHash('md5').update(fresh.text).digest('hex') }
    this.#compiled.set(sql, named)
    return named
  }
}

/**
 * Lost races (unique key, serialisation, deadlock) and lost connections. After a lost COMMIT it is unknown whether it took
 * effect, and running the work again is right because it reads before it writes.
 */
function worthAnotherTry(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code !== 'string') return /connection (terminated|error)/i.test(String(message))
  return (
    ['23505', '40001', '40P01', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(code) ||
    /^(08|57P)/.test(code)
  )
}
