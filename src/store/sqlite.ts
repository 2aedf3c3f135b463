import type { Knex } from 'knex'
import type { Database, Session } from './session.ts'
import { SqliteConnection } from './sqlite-connection.ts'

interface Waiting {
  readonly work: (session: Session) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** More would make the first of a batch wait longer than an fsync takes. */
const BATCH = 64

/** SQLite for one process: one connection writes, one reads. */
export async function openSqlite(knex: Knex, clock: () => number): Promise<Database> {
  const writer = new SqliteConnection(knex, await knex.client.acquireConnection(), clock)
  const reader = new SqliteConnection(knex, await knex.client.acquireConnection(), clock)
  const third = async () => new SqliteConnection(knex, await knex.client.acquireConnection(), clock)
  return new Sqlite(knex, writer, reader, third)
}

/**
 * Everything that wants to write while a commit is under way shares the next one, so that many accepts cost one fsync.
 */
class Sqlite implements Database {
  readonly dialect = 'sqlite'
  readonly #knex: Knex
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection
  readonly #third: () => Promise<SqliteConnection>
  readonly #waiting: Waiting[] = []
  #pumping: Promise<void> | undefined

  constructor(
    knex: Knex,
    writer: SqliteConnection,
    reader: SqliteConnection,
    third: () => Promise<SqliteConnection>
  ) {
    this.#knex = knex
    this.#third = third
    this.#writer = writer
    this.#reader = reader
  }

  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return work(this.#reader)
  }

  async snapshot<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.#third()
    try {
      await connection.exec('BEGIN')
      return await work(connection)
    } finally {
      await connection.exec('ROLLBACK').catch(() => {})
      await connection.release()
    }
  }

  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#pumping ??= Promise.resolve().then(() => this.#pump())
    })
  }

  async listen(): Promise<void> {}

  notify(): void {}

  async close(): Promise<void> {
    while (this.#pumping) await this.#pumping
    await this.#writer.release()
    await this.#reader.release()
    await this.#knex.destroy()
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) await commitTogether(this.#writer, this.#waiting.splice(0, BATCH))
    this.#pumping = undefined
  }
}

/** One transaction for all; when one fails after it wrote something, each gets a transaction of its own. */
async function commitTogether(writer: SqliteConnection, batch: readonly Waiting[]): Promise<void> {
  const settled = await attempt(writer, batch)
  if (settled) {
    for (const settle of settled) settle()
    return
  }
  for (const each of batch) {
    const alone = await attempt(writer, [each])
    for (const settle of alone ?? []) settle()
  }
}

/** Answers how to settle each piece of work, or nothing when a batch of several must be taken apart. */
async function attempt(
  writer: SqliteConnection,
  batch: readonly Waiting[]
): Promise<(() => void)[] | undefined> {
  try {
    await writer.exec('BEGIN IMMEDIATE')
    const settled: (() => void)[] = []
    for (const each of batch) settled.push(await runOne(writer, each))
    await writer.settled()
    await writer.exec('COMMIT')
    return settled
  } catch (error) {
    await writer.settled().catch(() => {})
    await writer.exec('ROLLBACK').catch(() => {})
    if (batch.length > 1) return undefined
    return batch.map(
      ({ reject }) =>
        () =>
          reject(error)
    )
  }
}

/** A piece of work that throws before it wrote anything harms no other. */
async function runOne(writer: SqliteConnection, { work, resolve, reject }: Waiting): Promise<() => void> {
  const before = writer.writes
  try {
    const value = await work(writer)
    return () => resolve(value)
  } catch (error) {
    if (writer.writes !== before) throw error
    return () => reject(error)
  }
}
