import { isRetryable, ProviderFailure } from '../../../contract/errors.ts'
import { Complaint, SqlState } from '../../../contract/ports.ts'

/**
 * Several objects are copied at one time: a failure says which one it is about, in words that hold no row. What was really said
 * is its `cause`.
 */
export async function naming<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof ProviderFailure ? named(what, error) : error
  }
}

function named(what: string, error: ProviderFailure): ProviderFailure {
  const { kind, message, mayHaveHappened, retryAfterSeconds } = error
  const options = {
    cause: error,
    mayHaveHappened,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  }
  // Who could not be reached has said nothing of what is stored there.
  if (isRetryable(error) || mayHaveHappened) return new ProviderFailure(kind, `${what}: ${message}`, options)
  const code = error.cause instanceof SqlState ? ` (SQLSTATE ${error.cause.code})` : ''
  return new ProviderFailure(kind, `${entryIn(error.cause) ?? what} could not be copied${code}`, options)
}

const ENTRY = /from TOC entry \d+; \d+ \d+ (.+) \S+$/m
const COMMAND = /Command was: (?:CREATE|ALTER) (?:OR REPLACE )?((?:[A-Z]+ )+)((?:"(?:[^"]|"")*"|[^\s("])+)/

/**
 * pg_restore says what it was making: `from TOC entry 230; 1259 16400 TABLE shop items p1`, where the owner is left out; when it stops at
 * the first error, only with which command: `ALTER TABLE ONLY shop.items`.
 */
function entryIn(cause: unknown): string | undefined {
  if (!(cause instanceof Complaint)) return undefined
  const [, entry] = ENTRY.exec(cause.message) ?? []
  if (entry !== undefined) return entry
  const [, kind, name] = COMMAND.exec(cause.message) ?? []
  return kind === undefined ? undefined : `${kind.replace('ONLY ', '')}${name}`
}
