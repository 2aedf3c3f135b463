import type { DatabaseError } from 'pg'
import { type FailureKind, ProviderFailure } from '../contract/errors.ts'
import { DISK_FULL, isDiskFull } from '../contract/full-disk.ts'
import { SqlState } from '../contract/ports.ts'

/**
 * What a SQLSTATE (PostgreSQL, appendix A) means to the core; the first prefix that fits decides.
 *
 * | state | kind | why |
 * |---|---|---|
 * | 08 connection lost, 57P0x shut down or starting up | `unavailable` | the server comes back |
 * | 53 out of disk, memory or connections | `unavailable` | room comes back; who needs a verdict on room asks before it begins; a full disk is told as one, also where only its words tell |
 * | 57014 time limit, 55006 in use, 55P03 locked, 40 serialisation and deadlock | `unavailable` | the same statement works later |
 * | 25006 read-only | `unavailable` | a standby answered: a fail-over is under way |
 * | 28 login refused, 42501 right missing, 0L and 0P role or grantor refused | `denied` | only the operator can mend it |
 * | 42710, 42P04, 42P06 exists already | `conflict` | |
 * | 3D000, 42704 and the like: missing | `unexpected` | never success by itself: what is missing may be the maintenance database; the family decides on the code |
 * | all others | `unexpected` | a statement of ours is wrong |
 */
const KINDS: readonly (readonly [string, FailureKind])[] = [
  ['08', 'unavailable'],
  ['53', 'unavailable'],
  ['57P0', 'unavailable'],
  ['57014', 'unavailable'],
  ['55006', 'unavailable'],
  ['55P03', 'unavailable'],
  ['40', 'unavailable'],
  ['25006', 'unavailable'],
  ['28', 'denied'],
  ['42501', 'denied'],
  ['0L', 'denied'],
  ['0P', 'denied'],
  ['42710', 'conflict'],
  ['42P04', 'conflict'],
  ['42P06', 'conflict']
]

/** The server said that the connection ends, or that it does not know itself. */
const UNSURE = /^(08|57P0|40003)/

/** Node's and OpenSSL's codes for a certificate that does not verify. */
const BAD_CERTIFICATE = /CERT|UNABLE_TO_(VERIFY|GET)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH/

export function kindOfSqlState(code: string): FailureKind {
  return KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'unexpected'
}

/** The server refused a statement, or the connection before any. `what` names it, for people. */
export function refusedBy(error: DatabaseError, what: string): ProviderFailure {
  const code = /^[0-9A-Z]{5}$/.test(error.code ?? '') ? String(error.code) : 'XX000'
  if (isDiskFull(code, error.message)) return diskFull(error, what, code)
  const cause = new SqlState(code, error.message)
  const options = { cause, mayHaveHappened: UNSURE.test(code) }
  return new ProviderFailure(
    kindOfSqlState(code),
    `The database server refused ${what} (SQLSTATE ${code}).`,
    options
  )
}

/** Nobody is refused by a wrong password or a missing right then, and everybody else of that server is in the same need. */
function diskFull(error: DatabaseError, what: string, code: string): ProviderFailure {
  return new ProviderFailure(
    kindOfSqlState(DISK_FULL),
    `The disk of the database server is full: there is no room for ${what} (SQLSTATE ${code}).`,
    { cause: new SqlState(DISK_FULL, error.message) }
  )
}

/** No connection came about, so nothing was sent. */
export function unreachable(error: unknown): ProviderFailure {
  const code = codeOf(error)
  if (BAD_CERTIFICATE.test(code)) {
    return new ProviderFailure('denied', "The database server's certificate does not verify.", {
      cause: error
    })
  }
  const { message } = error as Error
  // The client library has no codes for these.
  if (message.startsWith('SASL')) {
    return new ProviderFailure('denied', 'The database server failed the SCRAM-SHA-256 login.', {
      cause: error
    })
  }
  if (message === 'The server does not support SSL connections') {
    return new ProviderFailure('denied', 'The database server does not offer TLS.', { cause: error })
  }
  const why = code === '' ? '' : ` (${code})`
  return new ProviderFailure('unavailable', `The database server cannot be reached${why}.`, { cause: error })
}

/** The connection broke under a statement. */
export function brokenUnder(error: unknown, what: string): ProviderFailure {
  return new ProviderFailure('unavailable', `The connection to the database server broke during ${what}.`, {
    cause: error,
    mayHaveHappened: true
  })
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code : ''
}
