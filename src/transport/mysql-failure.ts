import type { QueryError } from 'mysql2'
import { type FailureKind, ProviderFailure } from '../contract/errors.ts'
import { MysqlError } from '../contract/ports.ts'
import { unreachable } from './sql-failure.ts'

/**
 * What an error number of MySQL or MariaDB means to the core.
 *
 * | number | kind | why |
 * |---|---|---|
 * | 1040, 1041, 1203, 1226 out of connections or memory; 1021, 1114 out of room; 3024, 1969, 1317 time limit or ended; 1205, 1213, 1099, 1192 locked | `unavailable` | the same statement works later |
 * | 1053 shutting down, 1927 and 3169 killed, 1152 and 1184 aborted, 4031 idle | `unavailable` | the server comes back |
 * | 1290, 1836, 3032 read-only, offline | `unavailable` | a replica answered: a fail-over is under way |
 * | 1129 host blocked | `unavailable` | `FLUSH HOSTS` ends it |
 * | 1044, 1045, 1142, 1143, 1227, 1370, 1410, 1698, 1130, 1862, 3118, 4151 refused or a right is missing | `denied` | only the operator can mend it |
 * | 1007, 1396 exists already, or is not there | `conflict` for 1007; 1396 is `unexpected`: it says both, the family looks | |
 * | all others | `unexpected` | a statement of ours is wrong |
 */
const KINDS: ReadonlyMap<number, FailureKind> = new Map([
  ...kind('unavailable', [1040, 1041, 1203, 1226, 1021, 1114, 3024, 1969, 1317, 1205, 1213, 1099, 1192]),
  ...kind('unavailable', [1053, 1927, 3169, 1152, 1184, 4031, 1290, 1836, 3032, 1129]),
  ...kind('denied', [1044, 1045, 1142, 1143, 1227, 1370, 1410, 1698, 1130, 1862, 3118, 4151]),
  ...kind('conflict', [1007])
])

function kind(name: FailureKind, codes: readonly number[]): readonly (readonly [number, FailureKind])[] {
  return codes.map((code) => [code, name])
}

/** The server said that the connection ends, or that it stopped in the middle. */
const UNSURE: readonly number[] = [1053, 1152, 1184, 1317, 1927, 1969, 3024, 3169, 4031]

/** MySQL's own name for an error it does not name. */
const UNKNOWN = 1105

export function kindOfMysqlError(code: number): FailureKind {
  return KINDS.get(code) ?? 'unexpected'
}

/** Whether the server told an error, rather than the client. */
export function isTold(error: unknown): error is QueryError {
  return error instanceof Error && typeof (error as Partial<QueryError>).sqlState === 'string'
}

/** The server refused a statement, or the connection before any. `what` names it, for people. */
export function refusedBy(error: QueryError, what: string): ProviderFailure {
  const { errno = UNKNOWN } = error
  const cause = new MysqlError(errno, error.message)
  const options = { cause, mayHaveHappened: UNSURE.includes(errno) }
  return new ProviderFailure(
    kindOfMysqlError(errno),
    `The database server refused ${what} (error ${errno}).`,
    options
  )
}

/** No connection came about, so nothing was sent. */
export function notConnected(error: unknown): ProviderFailure {
  if ((error as { code?: unknown }).code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return new ProviderFailure('denied', 'The database server does not offer TLS.', { cause: error })
  }
  return unreachable(error)
}
