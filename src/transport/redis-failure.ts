import { type FailureKind, ProviderFailure } from '../contract/errors.ts'
import { RedisCode } from '../contract/ports.ts'

/**
 * What the first word of a refusal means to the core.
 *
 * | word | kind | why |
 * |---|---|---|
 * | LOADING, BUSY, TRYAGAIN, MASTERDOWN, CLUSTERDOWN, NOREPLICAS | `unavailable` | the server comes back |
 * | READONLY | `unavailable` | a replica answered: a fail-over is under way |
 * | MISCONF, OOM | `unavailable` | room on the disk or in memory comes back |
 * | NOAUTH, WRONGPASS, NOPERM | `denied` | only the operator can mend it |
 * | DENIED | `denied` | the protected mode of a server without a password |
 * | BUSYKEY, BUSYGROUP | `conflict` | exists already |
 * | ERR and all others | `unexpected` | a command of ours is wrong; who expects it decides on the text |
 */
const KINDS: Readonly<Record<string, FailureKind>> = {
  LOADING: 'unavailable',
  BUSY: 'unavailable',
  TRYAGAIN: 'unavailable',
  MASTERDOWN: 'unavailable',
  CLUSTERDOWN: 'unavailable',
  NOREPLICAS: 'unavailable',
  READONLY: 'unavailable',
  MISCONF: 'unavailable',
  OOM: 'unavailable',
  NOAUTH: 'denied',
  WRONGPASS: 'denied',
  NOPERM: 'denied',
  DENIED: 'denied',
  BUSYKEY: 'conflict',
  BUSYGROUP: 'conflict'
}

/** They have no word of their own. */
const FULL = /max(imum)? number of (clients|connections)/i

/** Node's and OpenSSL's codes for a certificate that does not verify. */
const BAD_CERTIFICATE = /CERT|UNABLE_TO_(VERIFY|GET)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH/

/** The server answers TLS with something else. */
const NO_TLS = /^ERR_SSL_|^EPROTO$/

export function kindOfRedisCode(code: string): FailureKind {
  return Object.hasOwn(KINDS, code) ? (KINDS[code] ?? 'unexpected') : 'unexpected'
}

/** The server refused a command, or the login. `what` names it, for people. */
export function refusedBy(error: Error, what: string): ProviderFailure {
  const code = /^[A-Z][A-Z0-9_]{1,30}(?= |$)/.exec(error.message)?.[0] ?? 'ERR'
  const kind = FULL.test(error.message) ? 'unavailable' : kindOfRedisCode(code)
  return new ProviderFailure(kind, `The Redis server refused ${what} (${code}).`, {
    cause: new RedisCode(code, error.message)
  })
}

/** No connection came about, or no login: nothing of ours was asked. */
export function unreachable(error: unknown): ProviderFailure {
  const code = codeOf(error)
  const options = { cause: error }
  if (BAD_CERTIFICATE.test(code)) {
    return new ProviderFailure('denied', "The Redis server's certificate does not verify.", options)
  }
  if (NO_TLS.test(code)) return new ProviderFailure('denied', 'The Redis server does not offer TLS.', options)
  const why = code === '' ? '' : ` (${code})`
  return new ProviderFailure('unavailable', `The Redis server cannot be reached${why}.`, options)
}

/** The connection broke under a command. */
export function brokenUnder(error: unknown, what: string): ProviderFailure {
  return new ProviderFailure('unavailable', `The connection to the Redis server broke during ${what}.`, {
    cause: error,
    mayHaveHappened: true
  })
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code : ''
}
