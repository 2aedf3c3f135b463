import { ProviderFailure } from '../../contract/errors.ts'
import { type PostgresqlSession, SqlState } from '../../contract/ports.ts'

/** PostgreSQL, appendix A. */
export const STATE = {
  duplicateObject: '42710',
  undefinedObject: '42704',
  uniqueViolation: '23505',
  dependentObjects: '2BP01',
  tooManyConnections: '53300',
  insufficientPrivilege: '42501',
  objectInUse: '55006',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  unknownDatabase: '3D000',
  internalError: 'XX000'
} as const

/** The SQLSTATE of a refused statement; `undefined` for any other error. */
export function stateOf(error: unknown): string | undefined {
  if (!(error instanceof ProviderFailure)) return undefined
  return error.cause instanceof SqlState ? error.cause.code : undefined
}

/**
 * What works when repeated: two GRANTs on one object at the same moment (one fails with "tuple concurrently updated", an internal error),
 * and a role that an earlier attempt, taken for dead, made after we had looked. `work` looks again each time.
 */
const REPEATED: readonly (string | undefined)[] = [
  STATE.internalError,
  STATE.duplicateObject,
  STATE.uniqueViolation
]

export async function retried<T>(session: PostgresqlSession, work: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !REPEATED.includes(stateOf(error))) throw error
      await session.query('SELECT pg_sleep(0.02 + random() / 20)')
    }
  }
}
