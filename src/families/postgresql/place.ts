import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { putOutBlockers, type Watch } from '../../contract/put-out-blockers.ts'
import { maintenance } from './names.ts'

export interface Place {
  readonly access: PostgresqlAccess
  /** Root in the maintenance database. */
  readonly outside: PostgresqlSession
  readonly call: Call
}

/** Runs statements in root's session outside; no tenant keeps them waiting. */
export function pressOutside<T>({ access, outside, call }: Place, work: () => Promise<T>): Promise<T> {
  const open: Watch['open'] = (use) => call.postgresql(access, use, maintenance(access))
  return putOutBlockers(outside, { open }, work)
}
