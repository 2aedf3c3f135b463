import type { MysqlAccess, ObjectStorageAccess, PostgresqlAccess, RedisAccess } from './access.ts'
import type { Login } from './adapter.ts'
import type { Json, JsonObject } from './json.ts'
import type { Bucket } from './s3.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON; a text as it is, for forms and for what is signed to the byte: then with its own `content-type`. */
  readonly body?: JsonObject | string
  /** Signs it by AWS Signature Version 4, for admin APIs that ask for that. */
  readonly sign?: SigningKey
}

/** Whose signature a request carries, and for which service of which region it holds. */
export interface SigningKey {
  readonly service: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed JSON body; `undefined` when it was empty. A body that is not JSON is handed over as text. */
  readonly body: Json | undefined
}

/**
 * Outgoing HTTP. Any status is an answer; what it means is the adapter's to say (`contract/answers.ts` has the usual reading).
 * Throws `ProviderFailure` `unavailable` when no answer came (`mayHaveHappened` unless the request surely did not leave),
 * `denied` for a TLS certificate that does not verify, `unexpected` for an answer over the size limit or a redirect to another host.
 * Time limits, TLS, redaction, tracing and metrics are the core's.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>
}

export type SqlValue = null | boolean | number | string | readonly string[]

/** One connection to one database, with the start-up options that beat a poisoned database or role setting. */
export interface PostgresqlSession {
  /**
   * One statement. Values are bound as `$1 …`; identifiers must be quoted by the caller (`contract/sql.ts`).
   * Numbers and truth values of the answer are numbers (`int8` too) and booleans, everything else is text.
   * Throws `ProviderFailure` whose `cause` is a `SqlState` where the server told one. Its message names the statement by
   * the comment it begins with (`-- end sessions`), else by its first key words, never by a value.
   */
  query(sql: string, values?: readonly SqlValue[]): Promise<readonly JsonObject[]>
  /** BEGIN … COMMIT; ROLLBACK when `use` throws. */
  transaction<T>(use: () => Promise<T>): Promise<T>
  /**
   * Streams one `COPY … TO STDOUT` of this session into one `COPY … FROM STDIN` of another, as the two servers send it; nothing
   * is kept here. Resolves with the number of rows when both have ended well; after a failure neither session is of use any more.
   * `counted` is called with the bytes of each piece.
   */
  copyInto(
    target: PostgresqlSession,
    statements: { readonly from: string; readonly into: string },
    counted?: (bytes: number) => void
  ): Promise<number>
}

export interface PostgresqlOptions {
  readonly database?: string
  /** Who logs in, when it is not the owner: a throwaway login. */
  readonly as?: Login
  /**
   * `long`: no limit on how long a statement, a lock or an idle transaction takes; it ends with the signal, or when the
   * network tells that the other side is gone. Default `short`: 30 seconds.
   */
  readonly patience?: 'short' | 'long'
}

/** One connection to one MySQL or MariaDB server, with what a server's administrator may have set for sessions set back to ours. */
export interface MysqlSession {
  /**
   * One statement. Values stand for `?` and are escaped by the client, a list as `'a', 'b'`; identifiers must be quoted by the caller
   * (`contract/mysql.ts`). Numbers of the answer are numbers, except decimals; everything else is text. Each statement commits unless
   * `START TRANSACTION` came before; what is not committed when `use` ends is rolled back.
   * Throws `ProviderFailure` whose `cause` is a `MysqlError` where the server told one. Its message names the statement by
   * the comment it begins with (`-- end sessions`), else by its first key words, never by a value.
   */
  query(sql: string, values?: readonly SqlValue[]): Promise<readonly JsonObject[]>
}

export interface MysqlOptions {
  /** The database that is entered. Default none, so that nothing depends on whether one is there. */
  readonly database?: string
  /** Who logs in, when it is not the owner: a throwaway login. */
  readonly as?: Login
}

/** One connection to one Redis or Valkey server. */
export interface RedisSession {
  /**
   * One command, as its words. The answer is JSON: text, numbers, lists and null; a map is a list of keys and values in turn.
   * Throws `ProviderFailure` whose `cause` is a `RedisCode` where the server told one. Its message names the command
   * (`ACL SETUSER`), never what follows.
   */
  command(...words: readonly string[]): Promise<Json>
}

export interface RedisOptions {
  /** Who logs in, when it is not the owner. */
  readonly as?: Login
}

/** A program of the machine that the broker runs on. */
export interface Tool {
  /** Its path. */
  readonly program: string
  /** As it tells itself: `15.18`. */
  readonly version: string
}

/** A private folder (mode 0700) and the programs that may work in it. It is removed with everything in it when the use of it ends. */
export interface Workspace {
  readonly folder: string
  /** A file of mode 0600; answers its path. */
  write(name: string, text: string): Promise<string>
  remove(name: string): Promise<void>
  freeBytes(): Promise<number>
  /**
   * Runs a program without a shell, in a process group of its own, that dies when we do. Its environment is `environment` and
   * nothing else (besides `PATH`, `LC_ALL=C` and `HOME` inside the folder); no secret may be in it, nor in `args`. Answers what it
   * wrote to standard output (at most 64 MB). Throws `ProviderFailure` `unexpected` with the last line of standard error, cut and
   * without control characters, when it does not end with 0; its `cause` is a `Complaint`.
   */
  run(
    program: string,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>
  ): Promise<string>
}

/** The SQLSTATE of a refused statement (PostgreSQL, appendix A), e.g. `42710`. */
export class SqlState extends Error {
  override readonly name = 'SqlState'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The error number of a statement that MySQL or MariaDB refused, e.g. `1045`. */
export class MysqlError extends Error {
  override readonly name = 'MysqlError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The word with which Redis begins a refusal: `NOAUTH`, `WRONGPASS`, `NOPERM`, `LOADING`; `ERR` is any other. */
export class RedisCode extends Error {
  override readonly name = 'RedisCode'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * What a program complained of before it ended, at most 16 KB. It may hold a tenant's rows: it is for finding out what it was
 * about, and is never told to people.
 */
export class Complaint extends Error {
  override readonly name = 'Complaint'
}

/** The ways to the world, all bound to one signal and one deadline. Where faults are injected. */
export interface Ports {
  readonly http: Http
  /** Connects (to `access.database`, or the one named), runs `use`, closes. */
  postgresql<T>(
    access: PostgresqlAccess,
    use: (session: PostgresqlSession) => Promise<T>,
    options?: PostgresqlOptions
  ): Promise<T>
  /** Connects, runs `use`, closes. */
  mysql<T>(
    access: MysqlAccess,
    use: (session: MysqlSession) => Promise<T>,
    options?: MysqlOptions
  ): Promise<T>
  /** Connects, runs `use`, closes. */
  redis<T>(
    access: RedisAccess,
    use: (session: RedisSession) => Promise<T>,
    options?: RedisOptions
  ): Promise<T>
  /** Asks nobody yet. */
  s3(access: ObjectStorageAccess): Bucket
}

/** Handed to every call of a driver or a family: their only way to the world. Nothing in it outlives the call. */
export interface Call extends Ports {
  /** Aborted when the step must end: at its deadline, or when the broker stops. */
  readonly signal: AbortSignal
  readonly now: Date
  /** Counted durably before each step: more than 1 means that an earlier one may have taken effect. */
  readonly attempt: number
  /** One line for the operator's log. Never a secret. */
  note(text: string, facts?: JsonObject): void
}

/** What a database's own tools need. */
export interface ToolPorts {
  /** Every installed program of that name that could tell its version by `--version`; the newest first. */
  tools(name: string): Promise<readonly Tool[]>
  workspace<T>(use: (workspace: Workspace) => Promise<T>): Promise<T>
}

/** A `Call` of a move: only families get it. */
export interface MoveCall extends Call, ToolPorts {}
