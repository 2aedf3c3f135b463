import type { LookupFunction } from 'node:net'
import type { QueryError } from 'mysql2'
import type { MysqlAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Call, MysqlSession, SqlValue } from '../contract/ports.ts'
import { RefusedAddress } from './guarded-lookup.ts'
import { refusedAddress } from './guarded-socket.ts'
import { isTold, notConnected, refusedBy } from './mysql-failure.ts'
import { brokenUnder } from './sql-failure.ts'
import {
  CONNECT_SECONDS,
  END_SECONDS,
  ended,
  SILENCE_MS,
  type SqlOutcome,
  tooSlow,
  watched
} from './sql-outcome.ts'
import { statementLabel } from './statement-label.ts'
import { type StrictMysqlClient, strictMysqlClient } from './strict-mysql-client.ts'

/**
 * Sets back what decides how our statements are read, and limits what they take. A GRANT must never make an account, which MariaDB
 * does without NO_AUTO_CREATE_USER and MySQL 8 never does. MariaDB ignores what stands for MySQL 8, and the other way round.
 */
const PIN = `-- begin
SET SESSION sql_mode = CONCAT('STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' /*M! , ',NO_AUTO_CREATE_USER' */),
  SESSION autocommit = 1, SESSION time_zone = '+00:00', SESSION character_set_client = utf8mb4, SESSION character_set_results = utf8mb4,
  SESSION collation_connection = utf8mb4_bin, SESSION lock_wait_timeout = 5, SESSION innodb_lock_wait_timeout = 5,
  SESSION wait_timeout = 120, SESSION sql_select_limit = DEFAULT, SESSION sql_safe_updates = 0
  /*M! , SESSION max_statement_time = 30 */ /*!80000 , SESSION max_execution_time = 30000 */`

export interface MysqlPortOptions {
  /** Ends every connection under way. */
  readonly signal: AbortSignal
  readonly observe?: (outcome: SqlOutcome) => void
  readonly lookup?: LookupFunction
  /** How long a server may take to answer one statement. Default 35 s: it ends most by itself after 30. */
  readonly silenceMs?: number
}

/** The `mysql` port of a `Call`. Every use has a connection of its own, so nothing outlives it. */
export function mysqlPort(port: MysqlPortOptions): Call['mysql'] {
  return async (access, use, { database, as } = {}) => {
    if (port.signal.aborted) throw ended()
    const who = as === undefined ? access : { ...access, user: as.name, password: as.password }
    const strict = await watched(port, access, 'connect', () => connect(who, database, port))
    const stop = () => strict.cut(ended())
    port.signal.addEventListener('abort', stop, { once: true })
    if (port.signal.aborted) stop()
    try {
      return await use(sessionOf(strict, access, port))
    } finally {
      await close(strict)
      port.signal.removeEventListener('abort', stop)
    }
  }
}

function sessionOf(strict: StrictMysqlClient, access: MysqlAccess, port: MysqlPortOptions): MysqlSession {
  return {
    query: (sql, values = []) =>
      watched(port, access, statementLabel(sql), () => ask(strict, sql, values, port.silenceMs))
  }
}

/** A server that says nothing any more is left, so that it cannot keep a worker. */
async function ask(
  strict: StrictMysqlClient,
  sql: string,
  values: readonly SqlValue[],
  silenceMs = SILENCE_MS
): Promise<readonly JsonObject[]> {
  const limit = setTimeout(() => strict.cut(new Error('no answer')), silenceMs)
  try {
    return await send(strict, sql, values)
  } catch (error) {
    throw failureUnder(error, statementLabel(sql))
  } finally {
    clearTimeout(limit)
  }
}

function send(
  { connection, nextAnswer }: StrictMysqlClient,
  sql: string,
  values: readonly SqlValue[]
): Promise<readonly JsonObject[]> {
  nextAnswer()
  return new Promise((resolve, reject) => {
    connection.query(sql, values.length === 0 ? undefined : [...values], (error: QueryError | null, rows) => {
      if (error !== null) return reject(error)
      resolve(Array.isArray(rows) ? (rows as unknown as JsonObject[]) : [])
    })
  })
}

async function connect(
  access: MysqlAccess,
  database: string | undefined,
  port: MysqlPortOptions
): Promise<StrictMysqlClient> {
  const { lookup } = port
  const strict = strictMysqlClient(access, {
    ...(database !== undefined && { database }),
    ...(lookup && { lookup })
  })
  const stop = () => strict.cut(ended())
  const limit = setTimeout(() => strict.cut(tooSlow()), CONNECT_SECONDS * 1000)
  port.signal.addEventListener('abort', stop, { once: true })
  if (port.signal.aborted) stop()
  try {
    await greeted(strict)
    await send(strict, PIN, [])
    return strict
  } catch (error) {
    strict.cut(new Error('not needed any more'))
    throw failureToConnect(access, error)
  } finally {
    clearTimeout(limit)
    port.signal.removeEventListener('abort', stop)
  }
}

function greeted({ connection }: StrictMysqlClient): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('connect', () => resolve())
    connection.once('error', reject)
  })
}

/** Nothing that changes anything was sent. */
function failureToConnect(access: MysqlAccess, error: unknown): ProviderFailure {
  if (error instanceof ProviderFailure) return error
  if (error instanceof RefusedAddress) return refusedAddress(access, error)
  return isTold(error) ? refusedBy(error, 'the login') : notConnected(error)
}

function failureUnder(error: unknown, label: string): ProviderFailure {
  if (error instanceof ProviderFailure) return error
  return isTold(error) ? refusedBy(error, label) : brokenUnder(error, label)
}

/** Says goodbye, but waits for no server. */
async function close({ connection, cut }: StrictMysqlClient): Promise<void> {
  const limit = setTimeout(() => cut(new Error('no goodbye')), END_SECONDS * 1000)
  await new Promise<void>((resolve) => {
    connection.once('end', resolve)
    connection.once('error', () => resolve())
    connection.end(() => resolve())
  })
  clearTimeout(limit)
  cut(new Error('not needed any more'))
}
