import type { PostgresqlAccess } from '../../../contract/access.ts'
import { isRetryable, ProviderFailure } from '../../../contract/errors.ts'
import type { Hold, Moving } from '../../../contract/move.ts'
import { type MoveCall, type PostgresqlSession, SqlState } from '../../../contract/ports.ts'
import { stateOf } from '../sql-state.ts'
import { pinnedSession, reading } from './pinned-session.ts'
import type { Side } from './step-login.ts'

/** One piece of reading on one side. */
export interface Task {
  readonly run: (session: PostgresqlSession) => Promise<void>
  /** It was refused: what has to be known of that, and what to try instead. */
  readonly refused: (why: string, state: string | undefined) => readonly Task[]
}

export interface Work {
  readonly moving: Moving<PostgresqlAccess>
  readonly hold: Hold
  readonly call: MoveCall
}

const LANES = 2
/** Of one transaction: it keeps a lock on all that it read, and a server has room for a few thousand. */
const TASKS = 5
/** A statement took longer than the server lets it. */
const CANCELED = '57014'
/** Something wanted to write. Our transactions read only, so it was no standby that refused it. */
const READ_ONLY = '25006'

/** Runs all tasks of one side in sessions of its own. Throws only what another try may mend; nothing runs any more then. */
export async function runTasks(work: Work, side: Side, tasks: readonly Task[]): Promise<void> {
  const queue = [...tasks]
  const lanes = Array.from({ length: Math.min(LANES, queue.length) }, () =>
    lane(work, side, queue).catch((error: unknown) => {
      queue.length = 0
      throw error
    })
  )
  const ends = await Promise.allSettled(lanes)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function lane(work: Work, side: Side, queue: Task[]): Promise<void> {
  await pinnedSession(work.moving, side, work.call, async (session) => {
    while (queue.length > 0) await stretch(session, work, side, queue)
  })
}

/** A few tasks in one transaction, up to the first that is refused: a transaction is of no use afterwards. */
async function stretch(session: PostgresqlSession, work: Work, side: Side, queue: Task[]): Promise<void> {
  let current: Task | undefined
  try {
    await reading(session, side, work.hold, async () => {
      for (let left = TASKS; left > 0; left -= 1) {
        current = queue.shift()
        if (current === undefined) return
        await current.run(session)
      }
      current = undefined
    })
  } catch (error) {
    if (current === undefined || mayMend(error)) throw error
    queue.unshift(...current.refused(reasonOf(error), stateOf(error)))
  }
}

/** Whether another try may end otherwise. */
export function mayMend(error: unknown): boolean {
  if (!(error instanceof ProviderFailure)) return true
  const state = stateOf(error)
  return isRetryable(error) && state !== CANCELED && state !== READ_ONLY
}

/** Why a statement was refused, without any value of a row: what the server says may quote one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ProviderFailure)) return 'an unexpected failure'
  const code = error.cause instanceof SqlState ? error.cause.code : undefined
  if (code === CANCELED) return 'it took longer than the server allows'
  if (code === '42501') return 'the server denied the permission, or row security would have hidden rows'
  return error.message.replace(/\.$/, '')
}
