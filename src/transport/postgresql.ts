import type { LookupFunction } from 'node:net'
import pg from 'pg'
import type { PostgresqlAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Call, PostgresqlSession, SqlValue } from '../contract/ports.ts'
import { copyRows } from './copy-rows.ts'
import { RefusedAddress } from './guarded-lookup.ts'
import { refusedAddress } from './guarded-socket.ts'
import { brokenUnder, refusedBy, unreachable } from './sql-failure.ts'
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
import { type Patience, type StrictClient, strictClient } from './strict-client.ts'

export interface PostgresqlPortOptions {
  /** Ends every connection under way. */
  readonly signal: AbortSignal
  readonly observe?: (outcome: SqlOutcome) => void
  readonly lookup?: LookupFunction
  /** How long a server may take to answer one statement. Default 35 s: it ends a statement by itself after 30. */
  readonly silenceMs?: number
}

/** The `postgresql` port of a `Call`. Every use has a connection of its own, so nothing outlives it. */
export function postgresqlPort(port: PostgresqlPortOptions): Call['postgresql'] {
  return async (access, use, options) => {
    if (port.signal.aborted) throw ended()
    const { database = access.database, as, patience = 'short' } = options ?? {}
    const who = as === undefined ? access : { ...access, user: as.name, password: as.password }
    const strict = await watched(port, access, 'connect', () => connect(who, database, patience, port))
    const stop = () => strict.cut(ended())
    port.signal.addEventListener('abort', stop, { once: true })
    if (port.signal.aborted) stop()
    try {
      const silenceMs = patience === 'long' ? undefined : (port.silenceMs ?? SILENCE_MS)
      return await use(sessionOf({ strict, silenceMs }, access, port))
    } finally {
      await close(strict)
      port.signal.removeEventListener('abort', stop)
    }
  }
}

/** A connection, and how long its server may say nothing; absent: for ever. */
interface Line {
  readonly strict: StrictClient
  readonly silenceMs: number | undefined
}

const LINES = new WeakMap<PostgresqlSession, Line>()

function lineOf(session: PostgresqlSession): Line {
  const line = LINES.get(session)
  if (line === undefined) throw new TypeError('not a session of this port')
  return line
}

function sessionOf(line: Line, access: PostgresqlAccess, port: PostgresqlPortOptions): PostgresqlSession {
  const run = (sql: string, values: readonly SqlValue[]) =>
    watched(port, access, statementLabel(sql), () => ask(line, sql, values))
  const session: PostgresqlSession = {
    query: async (sql, values = []) => (await run(sql, values)).rows as JsonObject[],
    copyInto: (target, { from, into }, counted) =>
      watched(port, access, statementLabel(from), () =>
        copy({ line, sql: from }, { line: lineOf(target), sql: into }, counted)
      ),
    async transaction(use) {
      await run('BEGIN', [])
      try {
        const result = await use()
        const { command } = await run('COMMIT', [])
        // The server answers a COMMIT with ROLLBACK when a statement before it had failed.
        if (command !== 'COMMIT') throw new ProviderFailure('unexpected', 'The transaction was rolled back.')
        return result
      } catch (error) {
        await run('ROLLBACK', []).catch(() => undefined)
        throw error
      }
    }
  }
  LINES.set(session, line)
  return session
}

async function ask(line: Line, sql: string, values: readonly SqlValue[]): Promise<pg.QueryResult> {
  const endWaiting = limitSilence(line)
  try {
    return await line.strict.client.query(sql, [...values])
  } catch (error) {
    throw failureUnder(error, sql)
  } finally {
    endWaiting()
  }
}

interface CopySide {
  readonly line: Line
  readonly sql: string
}

async function copy(from: CopySide, into: CopySide, counted?: (bytes: number) => void): Promise<number> {
  const limits = [limitSilence(from.line), limitSilence(into.line)]
  try {
    const outcome = await copyRows(
      { strict: from.line.strict, sql: from.sql },
      { strict: into.line.strict, sql: into.sql },
      counted
    )
    if ('rows' in outcome) return outcome.rows
    throw failureUnder(outcome.error, outcome.side === 'from' ? from.sql : into.sql)
  } finally {
    for (const endWaiting of limits) endWaiting()
  }
}

/** A server that says nothing any more is left, so that it cannot keep a worker. Answers how to end the waiting. */
function limitSilence({ strict, silenceMs }: Line): () => void {
  if (silenceMs === undefined) return () => undefined
  const limit = setTimeout(() => strict.cut(new Error('no answer')), silenceMs)
  return () => clearTimeout(limit)
}

function failureUnder(error: unknown, sql: string): ProviderFailure {
  if (error instanceof ProviderFailure) return error
  const label = statementLabel(sql)
  return error instanceof pg.DatabaseError ? refusedBy(error, label) : brokenUnder(error, label)
}

async function connect(
  access: PostgresqlAccess,
  database: string,
  patience: Patience,
  port: PostgresqlPortOptions
): Promise<StrictClient> {
  const { lookup } = port
  const strict = strictClient(access, { database, patience, ...(lookup && { lookup }) })
  const stop = () => strict.cut(ended())
  const limit = setTimeout(() => strict.cut(tooSlow()), CONNECT_SECONDS * 1000)
  port.signal.addEventListener('abort', stop, { once: true })
  try {
    await strict.client.connect()
    // A server that asks for nothing is ready in the same breath in which it is cut off.
    const { errored } = strict.wire.stream
    if (errored) throw errored
    return strict
  } catch (error) {
    strict.cut(new Error('not needed any more'))
    if (error instanceof ProviderFailure) throw error
    if (error instanceof RefusedAddress) throw refusedAddress(access, error)
    throw error instanceof pg.DatabaseError
      ? refusedBy(error, `the login to the database ${database}`)
      : unreachable(error)
  } finally {
    clearTimeout(limit)
    port.signal.removeEventListener('abort', stop)
  }
}

/** Says goodbye, but waits for no server. */
async function close(strict: StrictClient): Promise<void> {
  const limit = setTimeout(() => strict.cut(new Error('no goodbye')), END_SECONDS * 1000)
  await strict.client.end().catch(() => undefined)
  clearTimeout(limit)
}
