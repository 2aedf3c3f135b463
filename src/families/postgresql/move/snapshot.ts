import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Moving } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { textAt } from '../../../contract/read.ts'
import { type HeldSession, heldSession } from './held-session.ts'
import { type Side, stepLogin } from './step-login.ts'

export interface HeldSnapshot extends HeldSession {
  readonly snapshot: string
}

/** One moment of the source, for as many sessions as want to read it, until this one ends. */
export async function heldSnapshot(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  call: MoveCall
): Promise<HeldSnapshot> {
  const held = await heldSession(moving[side].access, stepLogin(moving, side), call)
  try {
    await held.session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const [row] = await held.session.query('SELECT pg_export_snapshot() AS snapshot')
    return { ...held, snapshot: textAt(row ?? {}, 'snapshot') }
  } catch (error) {
    await held.end()
    throw error
  }
}

/** Throws unless it can still be read. */
export async function checkSnapshot({ session }: HeldSnapshot): Promise<void> {
  const [row] = await session.query(`SELECT current_setting('transaction_isolation') AS isolation`)
  if (row?.['isolation'] === 'repeatable read') return
  throw new ProviderFailure('unavailable', 'The snapshot of the source is lost.')
}
