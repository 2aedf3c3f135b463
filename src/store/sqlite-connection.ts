import type { Knex } from 'knex'
import {
  type CompiledSql,
  compileSql,
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

interface Prepared {
  readonly statement: RawStatement
  readonly sql: CompiledSql
  /** A change with a RETURNING clause. */
  readonly answersRows: boolean
}

/** One connection with its prepared statements. */
export class SqliteConnection implements Session {
  readonly dialect = 'sqlite'
  readonly #knex: Knex
  readonly #raw: RawConnection
  readonly #clock: () => number
  readonly #prepared = new Map<string, Promise<Prepared>>()
  /** Those of `#prepared` that need no waiting for. */
  readonly #ready = new Map<string, Prepared>()
  readonly #written = (): void => {
    this.#writing--
  }
  #writing = 0
  /** The last statement sent in the transaction under way. */
  #last: Promise<unknown> = Promise.resolve()
  /** How many writing statements were sent. */
  writes = 0

  constructor(knex: Knex, raw: unknown, clock: () => number) {
    this.#knex = knex
    this.#raw = raw as RawConnection
    this.#raw.serialize()
    this.#clock = clock
  }

  async read(sql: string, parameters: readonly SqlParameter[] = []): Promise<readonly Row[]> {
    if (this.#writing > 0) await this.#last
    return this.#rows(this.#ready.get(sql) ?? (await this.#statement(sql)), parameters)
  }

  /**
   * One after the other, and none after one that failed: on a full disk SQLite ends the transaction by itself, and what came
   * behind would be committed alone.
   */
  write(sql: string, parameters: readonly SqlParameter[] = []): Promise<Written> {
    this.writes++
    this.#writing++
    const sent = this.#last.then(() => this.#change(sql, parameters))
    this.#last = sent
    sent.then(this.#written, this.#written)
    return sent
  }

  queue(sql: string, parameters: readonly SqlParameter[] = []): void {
    void this.write(sql, parameters)
  }

  /** Until everything queued has run; throws what went wrong first. What follows begins anew. */
  async settled(): Promise<void> {
    const waitFor = this.#last
    this.#last = Promise.resolve()
    await waitFor
  }

  async #change(sql: string, parameters: readonly SqlParameter[]): Promise<Written> {
    const prepared = this.#ready.get(sql) ?? (await this.#statement(sql))
    if (prepared.answersRows) {
      const rows = await this.#rows(prepared, parameters)
      return { rows, changes: rows.length }
    }
    const { statement, sql: compiled } = prepared
    return new Promise((resolve, reject) => {
      statement.run(compiled.bind(parameters, this.#clock), function (error) {
        if (error) reject(error)
        else resolve({ rows: [], changes: this.changes })
      })
    })
  }

  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#raw.exec(sql, (error) => (error ? reject(error) : resolve()))
    })
  }

  async release(): Promise<void> {
    for (const each of this.#prepared.values()) {
      const found = await each.catch(() => undefined)
      found?.statement.finalize()
    }
    await this.#knex.client.releaseConnection(this.#raw)
  }

  #rows({ statement, sql }: Prepared, parameters: readonly SqlParameter[]): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      // `all`, never `get`: after `get` the statement keeps its snapshot open.
      statement.all(sql.bind(parameters, this.#clock), (error, rows) =>
        error ? reject(error) : resolve(rows)
      )
    })
  }

  #statement(sql: string): Promise<Prepared> {
    const known = this.#prepared.get(sql)
    if (known) return known
    const compiled = compileSql(sql, () => '?')
    const answersRows = /\breturning\b/i.test(sql)
    const fresh = new Promise<Prepared>((resolve, reject) => {
      const statement = this.#raw.prepare(compiled.text, (error) =>
        error ? reject(error) : resolve({ statement, sql: compiled, answersRows })
      )
    })
    this.#prepared.set(sql, fresh)
    fresh.then(
      (prepared) => this.#ready.set(sql, prepared),
      () => this.#prepared.delete(sql)
    )
    return fresh
  }
}
