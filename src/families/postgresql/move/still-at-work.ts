import { ProviderFailure } from '../../../contract/errors.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { STATE, stateOf } from '../sql-state.ts'

/**
 * Within a transaction outside: throws when the throwaway login of this attempt was shut out, and until the end of the transaction nobody
 * can shut it out. So a worker that slept while another one took over, and ended, shuts nobody out when it wakes.
 */
export async function stillAtWork(outside: PostgresqlSession, step: string): Promise<void> {
  await outside.query(`ALTER ROLE ${quoteName(step)} CONNECTION LIMIT -1`).catch((error: unknown) => {
    throw stateOf(error) === STATE.undefinedObject ? ended(error) : error
  })
  const [row] = await outside.query('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [step])
  if (row?.['rolcanlogin'] !== true) throw ended()
}

function ended(cause?: unknown): ProviderFailure {
  return new ProviderFailure('conflict', 'This attempt of the move has been ended by a later one.', { cause })
}
