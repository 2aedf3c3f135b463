import type { Head } from './audit-chain.ts'
import type { AuditRow } from './chain-link.ts'
import { maybeText, whole } from './columns.ts'
import { isRecovering } from './recovery.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

const LEASE = 'audit'
const LEASE_MS = 60_000
const ROWS_AT_ONCE = 200

export interface Sealed {
  readonly head: Head
  readonly rows: number
  /** There may be more. */
  readonly isPartial: boolean
}

/** Seals what is committed, one piece at a time; nothing while another process has the lease, or the broker recovers. */
export interface Sealer {
  seal(): Promise<Sealed | undefined>
  release(): Promise<void>
}

/**
 * On PostgreSQL a row may become visible after one with a higher `seq`. It is sealed then, behind it; the floor, under which
 * nothing may turn up any more, rises only over rows whose every contemporary transaction has ended.
 */
export function auditSealer(store: Store, holder: string): Sealer {
  let waiting: Waiting | undefined

  return {
    async seal() {
      const done = await store.database.write(async (session) => {
        if (!(await store.leases.claim(session, LEASE, holder, LEASE_MS))) return undefined
        return (await isRecovering(store, session)) ? undefined : sealSome(store, session, waiting)
      })
      waiting = done?.waiting
      return done?.sealed
    },
    release: () => store.database.write((session) => store.leases.release(session, LEASE, holder))
  }
}

/** Rows up to `seq` are sealed; transactions below `before` may still bring one between them. */
interface Waiting {
  readonly seq: number
  readonly before: number
}

interface Moment {
  readonly at: number
  /** The oldest transaction that runs. */
  readonly oldest: number
  /** The next one that begins. */
  readonly next: number
}

async function sealSome(store: Store, session: Session, waiting: Waiting | undefined) {
  const before = await momentOf(session)
  const head = await store.auditChain.head(session)
  const rows = await store.auditChain.unsealed(session, head.floor, ROWS_AT_ONCE)
  const isPartial = rows.length === ROWS_AT_ONCE
  const after = session.dialect === 'postgres' ? await momentOf(session) : before
  const highest = Math.max(head.floor, waiting?.seq ?? 0, ...rows.map(({ seq }) => seq))
  const floor = floorOf(session, { head, rows, isPartial, waiting, before })
  const sealed =
    rows.length === 0 ? head : await store.auditChain.append(session, head, rows, { at: before.at, floor })
  return {
    sealed: { head: sealed, rows: rows.length, isPartial },
    // One at a time: a busy store must not push it away for ever.
    waiting:
      waiting && waiting.seq > sealed.floor && waiting.before <= after.next
        ? waiting
        : { seq: highest, before: after.next }
  }
}

interface Found {
  readonly head: Head
  readonly rows: readonly AuditRow[]
  readonly isPartial: boolean
  readonly waiting: Waiting | undefined
  readonly before: Moment
}

function floorOf({ dialect }: Session, { head, rows, isPartial, waiting, before }: Found): number {
  if (dialect === 'sqlite') return Math.max(head.floor, rows.at(-1)?.seq ?? 0)
  const isOver = waiting !== undefined && !isPartial && before.oldest >= waiting.before
  return isOver ? Math.max(head.floor, waiting.seq) : head.floor
}

async function momentOf(session: Session): Promise<Moment> {
  if (session.dialect === 'sqlite') {
    const [row] = await session.read('select cast(:now as integer) as at')
    return { at: row ? whole(row, 'at') : 0, oldest: 0, next: 0 }
  }
  const [row] = await session.read(
    `select :now as at, pg_snapshot_xmin(pg_current_snapshot())::text as oldest,
        pg_snapshot_xmax(pg_current_snapshot())::text as next`
  )
  return {
    at: row ? whole(row, 'at') : 0,
    oldest: Number(row && maybeText(row, 'oldest')),
    next: Number(row && maybeText(row, 'next'))
  }
}
