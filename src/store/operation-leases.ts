import { type Operation, STEP_FORMAT } from '../domain/operation.ts'
import { maybeWhole, text, yes } from './columns.ts'
import { LONGEST_DESCRIPTION, type Recorded, recordStatement } from './record-statement.ts'
import type { Row, Session } from './session.ts'

const TABLE = 'operations'

/** As the index of what is due says it. */
const WAITING = `state = 'in progress' and waits_for is null`

/** One look into the index for each name: however many operations wait, there are only a few providers. */
const PROVIDERS = `with recursive named (provider) as (
    select min(provider) from ${TABLE} where ${WAITING}
    union all
    select (select min(provider) from ${TABLE} where ${WAITING} and provider > named.provider) from named
     where named.provider is not null)
  select provider from named where provider is not null`

/** Somebody else holds the operation by now, or it has ended: nothing may be written about it. */
export class LostLease extends Error {
  override readonly name = 'LostLease'
  constructor(operation: string) {
    super(`the lease on operation ${operation} is lost`)
  }
}

/** How processes share the work: each operation is claimed by a lease, and written about by whoever holds it. */
export function operationLeases({
  byId,
  fromRow
}: {
  byId(session: Session, id: string): Promise<Operation | undefined>
  fromRow(row: Row): Operation
}) {
  return {
    openProviders,

    /**
     * Takes what is due for `leaseMs`: of each provider the oldest, as many as there is room for. What another transaction is
     * taking at the same moment is passed over.
     */
    async claim(session: Session, leaseMs: number, rooms: ReadonlyMap<string, number>): Promise<Operation[]> {
      if (rooms.size === 0) return []
      const lock = session.dialect === 'postgres' ? ' for update skip locked' : ''
      const due = Array.from(
        rooms,
        (_room, number) => `select id from (
            select id from ${TABLE}
             where provider = ? and ${WAITING} and due_at <= :now and lease_until < :now and step_format <= ?
             order by due_at limit ?${lock}) due_${number}`
      )
      const { rows } = await session.write(
        `with due (id) as materialized (${due.join(' union all ')})
          update ${TABLE} set
            taken_over = case when lease_until > 0 then 1 else 0 end,
            lease_until = :now + cast(? as bigint), lease_number = lease_number + 1, attempts = attempts + 1,
            provider = case when provider <> '' then provider
              else coalesce((select r.provider from resources r where r.id = ${TABLE}.resource), '') end
          where id in (select id from due)
          returning *, :now as claimed_at`,
        [...[...rooms].flatMap(([provider, room]) => [provider, STEP_FORMAT, room]), leaseMs]
      )
      return rows.map(fromRow)
    },

    nextDueIn,

    /** Nothing when the lease is lost; else whether the operation is told to stop, or has no time left. */
    async renew(
      session: Session,
      operation: Operation,
      leaseMs: number
    ): Promise<{ readonly cancelled: boolean; readonly isOver: boolean } | undefined> {
      const { rows } = await session.write(
        `update ${TABLE} set lease_until = :now + cast(? as bigint)
          where id = ? and lease_number = ? and state = 'in progress'
          returning cancel, case when deadline_at <= :now then 1 else 0 end as is_over`,
        [leaseMs, operation.id, operation.leaseNumber]
      )
      const [row] = rows
      return row && { cancelled: row['cancel'] !== null, isOver: yes(row, 'is_over') }
    },

    /** What a step that still runs has to tell; nothing when the lease is lost. */
    async describe(session: Session, operation: Operation, description: string): Promise<boolean> {
      const { changes } = await session.write(
        `update ${TABLE} set description = ? where id = ? and lease_number = ? and state = 'in progress'`,
        [description.slice(0, LONGEST_DESCRIPTION), operation.id, operation.leaseNumber]
      )
      return changes === 1
    },

    /** All leases are free: only for a store that one process has to itself, when that process starts. */
    async releaseAll(session: Session): Promise<number> {
      const { changes } = await session.write(
        `update ${TABLE} set lease_until = 1 where state = 'in progress' and lease_until > 1`
      )
      return changes
    },

    /** The operation as it is now, if this holder still has it; throws `LostLease`. */
    async held(session: Session, operation: Operation): Promise<Operation> {
      const current = await byId(session, operation.id)
      const mine = current?.state === 'in progress' && current.leaseNumber === operation.leaseNumber
      if (!current || !mine) throw new LostLease(operation.id)
      return current
    },

    /** Writes what a step led to, guarded by the lease; throws `LostLease`. */
    async record(session: Session, operation: Operation, recorded: Recorded, leaseMs: number): Promise<void> {
      const { changes } = await session.write(...recordStatement(operation, recorded, leaseMs))
      if (changes === 0) throw new LostLease(operation.id)
      if (recorded.next === 'end') freeWaiting(session, operation.id)
    },

    /** The same where nobody wants the operation to stop; nothing is written and answered otherwise. */
    async recordUnlessCancelled(
      session: Session,
      operation: Operation,
      recorded: Recorded,
      leaseMs: number
    ): Promise<{ readonly answered: boolean } | undefined> {
      const [statement, parameters] = recordStatement(operation, recorded, leaseMs)
      const { rows } = await session.write(`${statement} and cancel is null returning answered`, parameters)
      const [row] = rows
      if (!row) return undefined
      // Whoever waits for another kind has told it to stop, and is not served here.
      if (recorded.next === 'end' && operation.kind === 'clean-up') freeWaiting(session, operation.id)
      return { answered: yes(row, 'answered') }
    }
  }
}

/** Whose operations are open, whether somebody holds them or not; '' stands for those without a resource. */
async function openProviders(session: Session): Promise<string[]> {
  return (await session.read(PROVIDERS)).map((row) => text(row, 'provider'))
}

/** Milliseconds until something of these providers is due that nobody holds; absent when nothing waits. */
async function nextDueIn(session: Session, providers: readonly string[]): Promise<number | undefined> {
  if (providers.length === 0) return undefined
  const [row] = await session.read(
    `select min(case when lease_until > due_at then lease_until else due_at end) - :now as wait from ${TABLE}
      where ${WAITING} and step_format <= ? and provider in (${providers.map(() => '?').join(', ')})`,
    [STEP_FORMAT, ...providers]
  )
  return row && maybeWhole(row, 'wait')
}

/** Whatever waited for the end of an operation is due. */
function freeWaiting(session: Session, id: string): void {
  session.queue(`update ${TABLE} set waits_for = null, due_at = :now where waits_for = ?`, [id])
}
