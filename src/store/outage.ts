import { refusedWrite } from './refused-write.ts'
import { CannotOpen } from './seal.ts'

/** By SQLSTATE: connections 08, admission 28 and 3D000, resources 53, an operator's stop 57P. */
const SERVER_STATES = /^(08|28|53|57P|3D000)/
const NETWORK = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']
const LOOKUP = ['ENOTFOUND', 'EAI_AGAIN']
const FILE = ['SQLITE_BUSY', 'SQLITE_CANTOPEN']
const CODES: readonly string[] = [...NETWORK, ...LOOKUP, ...FILE]
/** Of pg and of Knex's pool, which give no code. */
const TEXTS = /^(connection (terminated|error)|timeout expired|timeout exceeded when trying to connect)/i

/** Did the database fail, rather than what it was asked? Then the same request may be sent again when it is back. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(isOutage)
  // A copy that lacks a key which another seals with: that one can answer.
  if (error instanceof CannotOpen) return true
  if (refusedWrite(error) !== undefined) return true
  const { code, name, message } = error as Error & { readonly code?: unknown }
  if (typeof code === 'string') return CODES.includes(code) || SERVER_STATES.test(code)
  return name === 'KnexTimeoutError' || TEXTS.test(message)
}
