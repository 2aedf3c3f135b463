export type SqlParameter = string | number | null
/** Rows as the databases give them; the table files turn them into the domain's types. */
export type Row = Readonly<Record<string, string | number | null>>

/**
 * Statements on one connection. SQL is written once for both databases: `?` binds the next parameter, `:now` is the
 * database's own time in milliseconds (the process's clock on SQLite, `clock_timestamp()` on PostgreSQL).
 */
export interface Session {
  readonly dialect: Dialect
  read(sql: string, parameters?: readonly SqlParameter[]): Promise<readonly Row[]>
  /** Answers the rows of a RETURNING clause, and how many rows were changed. */
  write(sql: string, parameters?: readonly SqlParameter[]): Promise<Written>
  /**
   * A write whose result nobody needs: sent at once, in order, and awaited before the commit. It saves a round trip, which
   * is most of what an insert costs.
   */
  queue(sql: string, parameters?: readonly SqlParameter[]): void
}

export interface Written {
  readonly rows: readonly Row[]
  readonly changes: number
}

export type Dialect = 'sqlite' | 'postgres'

/** The two things a database gives to the table files. */
export interface Database {
  readonly dialect: Dialect
  /** Reads what is committed. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** Reads one moment, on a connection of its own: nothing that is committed meanwhile shows, and nobody is held up. */
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>
  /**
   * One transaction, committed durably before the promise resolves. `work` may run more than once (a lost race, a lost
   * answer to COMMIT), so it reads before it writes and does nothing but statements.
   */
  write<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** Calls back when another process asked for attention (PostgreSQL); SQLite has no other process. */
  listen(heard: () => void): Promise<void>
  /** Asks the other processes for attention. Best effort. */
  notify(): void
  close(): Promise<void>
}

export interface CompiledSql {
  readonly text: string
  /** Fills in the parameters in the order of the placeholders. */
  bind(parameters: readonly SqlParameter[], now: () => number): SqlParameter[]
}

/** Turns the one way of writing SQL into a database's own placeholders. */
export function compileSql(
  sql: string,
  placeholder: (position: number) => string,
  nowText?: string
): CompiledSql {
  const slots: ('parameter' | 'now')[] = []
  const text = sql.replaceAll(/\?|:now\b/g, (found) => {
    if (found === ':now' && nowText !== undefined) return nowText
    slots.push(found === ':now' ? 'now' : 'parameter')
    return placeholder(slots.length)
  })
  return {
    text,
    bind(parameters, now) {
      let next = 0
      return slots.map((slot) => (slot === 'now' ? now() : (parameters[next++] ?? null)))
    }
  }
}
