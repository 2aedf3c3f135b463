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

/** What is used of a connection of the package `sqlite3`. */
interface RawConnection {
  /** From now on statements run in the order in which they were sent. */
  serialize(): void
  prepare(sql: string, done: (error: Error | null) => void): RawStatement
  exec(sql: string, done: (error: Error | null) => void): void
}
interface RawStatement {
  all(parameters: readonly SqlParameter[], done: (error: Error | null, rows: Row[]) => void): void
  run(
    parameters: readonly SqlParameter[],
    done: (this: { changes: number }, error: Error | null) => void
  ): void
  finalize(): void
}

interface Waiting {
  readonly work: (session: Session) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** More would make the first of a batch wait longer than an fsync takes. */
const BATCH = 64

/**
 * SQLite for one process: one connection writes, one reads. Everything that wants to write while a commit is under way
 * shares the next one, so that many accepts cost one fsync.
 */
export async function openSqlite(knex: Knex, clock: () => number): Promise<Database> {
  const writer = await connection(knex, clock)
  const reader = await connection(knex, clock)
  const waiting: Waiting[] = []
  let pumping: Promise<void> | undefined

  async function pump(): Promise<void> {
    while (waiting.length > 0) await commitTogether(writer, waiting.splice(0, BATCH))
    pumping = undefined
  }

  return {
    dialect: 'sqlite',
    read: (work) => work(reader.session),
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
        pumping ??= Promise.resolve().then(pump)
      }),
    async listen() {},
    notify() {},
    async close() {
      while (pumping) await pumping
      for (const each of [writer, reader]) await each.release()
      await knex.destroy()
    }
  }
}

interface Connection {
  readonly session: Session
  /** How many writing statements were sent. */
  writes(): number
  /** Until everything queued has run; throws what went wrong first. */
  settled(): Promise<void>
  exec(sql: string): Promise<void>
  release(): Promise<void>
}

async function connection(knex: Knex, clock: () => number): Promise<Connection> {
  const raw = (await knex.client.acquireConnection()) as RawConnection
  raw.serialize()
  const prepared = new Map<string, Promise<{ statement: RawStatement; sql: CompiledSql }>>()
  let writes = 0
  let queued: Promise<unknown>[] = []

  const exec = (sql: string): Promise<void> =>
    new Promise((resolve, reject) => {
      raw.exec(sql, (error) => (error ? reject(error) : resolve()))
    })

  async function prepare(sql: string): Promise<{ statement: RawStatement; sql: CompiledSql }> {
    const compiled = compileSql(sql, () => '?')
    return new Promise((resolve, reject) => {
      const statement = raw.prepare(compiled.text, (error) =>
        error ? reject(error) : resolve({ statement, sql: compiled })
      )
    })
  }

  async function statementOf(sql: string): Promise<{ statement: RawStatement; sql: CompiledSql }> {
    const known = prepared.get(sql)
    if (known) return known
    const fresh = prepare(sql)
    prepared.set(sql, fresh)
    return fresh
  }

  async function read(sql: string, parameters: readonly SqlParameter[] = []): Promise<readonly Row[]> {
    const found = await statementOf(sql)
    return new Promise((resolve, reject) => {
      // `all`, never `get`: after `get` the statement keeps its snapshot open.
      found.statement.all(found.sql.bind(parameters, clock), (error, rows) =>
        error ? reject(error) : resolve(rows)
      )
    })
  }

  async function write(sql: string, parameters: readonly SqlParameter[] = []): Promise<Written> {
    writes++
    if (/\breturning\b/i.test(sql)) {
      const rows = await read(sql, parameters)
      return { rows, changes: rows.length }
    }
    const found = await statementOf(sql)
    return new Promise((resolve, reject) => {
      found.statement.run(found.sql.bind(parameters, clock), function (error) {
        if (error) reject(error)
        else resolve({ rows: [], changes: this.changes })
      })
    })
  }

  function queue(sql: string, parameters: readonly SqlParameter[] = []): void {
    const sent = write(sql, parameters)
    sent.catch(() => {})
    queued.push(sent)
  }

  return {
    session: { dialect: 'sqlite', read, write, queue },
    writes: () => writes,
    async settled() {
      const waitFor = queued
      queued = []
      await Promise.all(waitFor)
    },
    exec,
    async release() {
      for (const each of prepared.values())
        await each.then(
          (found) => found.statement.finalize(),
          () => {}
        )
      await knex.client.releaseConnection(raw)
    }
  }
}

/** One transaction for all; when one fails after it wrote something, each gets a transaction of its own. */
async function commitTogether(writer: Connection, batch: readonly Waiting[]): Promise<void> {
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
async function attempt(writer: Connection, batch: readonly Waiting[]): Promise<(() => void)[] | undefined> {
  const settled: (() => void)[] = []
  try {
    await writer.exec('BEGIN IMMEDIATE')
    for (const { work, resolve, reject } of batch) {
      const before = writer.writes()
      try {
        const value = await work(writer.session)
        settled.push(() => resolve(value))
      } catch (error) {
        if (writer.writes() !== before) throw error
        settled.push(() => reject(error))
      }
    }
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
