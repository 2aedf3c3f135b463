import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { MoveCall, PostgresqlSession } from '../../../contract/ports.ts'
import { maintenance } from '../names.ts'
import type { Side } from './step-login.ts'
import { asGroup, underSnapshot } from './step-session.ts'
import type { Lane, Tasks } from './tasks.ts'

/** Sessions of a copy besides its first ones; they must never outlive it. */
export interface OpenLanes {
  readonly ends: Promise<unknown>[]
  readonly sessions: { readonly side: Side; readonly pid: number }[]
}

/** Works in `first` and in as many lanes as are still wanted, until the tasks are done or one has failed. */
export async function workInLanes(
  tasks: Tasks,
  first: Lane,
  count: number,
  open: () => Promise<unknown>
): Promise<void> {
  const others = Array.from({ length: count - 1 }, open)
  await Promise.all([tasks.work(first), ...others])
}

export function openLane(
  moving: Moving<PostgresqlAccess>,
  snapshot: string,
  call: MoveCall,
  lanes: OpenLanes,
  use: (lane: Lane) => Promise<void>
): Promise<void> {
  const lane = underSnapshot(moving, snapshot, call, (source) =>
    asGroup(moving, call, async (target) => {
      lanes.sessions.push(
        { side: 'from', pid: await pidOf(source) },
        { side: 'to', pid: await pidOf(target) }
      )
      await use({ source, target })
    })
  )
  lanes.ends.push(lane)
  return lane
}

async function pidOf(session: PostgresqlSession): Promise<number> {
  const [row] = await session.query('SELECT pg_backend_pid() AS pid')
  return Number(row?.['pid'])
}

/** A statement may run for hours; only another session can end it. Their throwaway login has been made root's to end. */
export async function endLanes(
  moving: Moving<PostgresqlAccess>,
  { ends, sessions }: OpenLanes,
  call: MoveCall
): Promise<void> {
  for (const side of ['from', 'to'] as const) {
    const pids = sessions.filter((session) => session.side === side).map(({ pid }) => String(pid))
    if (pids.length === 0) continue
    const { access } = moving[side]
    const ended = call.postgresql(
      access,
      (outside) =>
        outside.query('-- end lanes\nSELECT pg_terminate_backend(pid::int4) FROM unnest($1::text[]) AS pid', [
          pids
        ]),
      maintenance(access)
    )
    // Where it is in vain the step itself has ended, and every session with it.
    await ended.catch(() => undefined)
  }
  await Promise.allSettled(ends)
}
