import { isDiskFull } from '../contract/full-disk.ts'

const FULL = 'its disk is full'
const READ_ONLY = 'it is read-only'
const BROKEN = 'its disk fails'

/** By the code of SQLite, and by the SQLSTATE of PostgreSQL: a standby says 25006, too. */
const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: FULL,
  SQLITE_READONLY: READ_ONLY,
  SQLITE_IOERR: BROKEN,
  '25006': READ_ONLY,
  '58030': BROKEN
}

/** Why a store that answers takes no write at all; nothing for whatever may be over when it is asked again: a lock, a lost connection. */
export function refusedWrite(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  if (isDiskFull(error.code, error.message)) return FULL
  return Object.hasOwn(REASONS, error.code) ? REASONS[error.code] : undefined
}
