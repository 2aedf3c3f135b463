import type { JsonObject } from '../contract/json.ts'
import {
  type Cancel,
  type Operation,
  type OperationKind,
  type OperationState,
  STEP_FORMAT
} from '../domain/operation.ts'
import { maybeWhole, text, whole, yes } from './columns.ts'
import { operationRows } from './operation-rows.ts'
import { type Numbered, type Paging, page } from './page.ts'
import { LONGEST_DESCRIPTION, type Recorded, recordStatement } from './record-statement.ts'
import type { Seal } from './seal.ts'
import type { Session } from './session.ts'

const TABLE = 'operations'

const INSERT = `insert into ${TABLE} (id, kind, state, stage, step_format, platform, instance, binding, resource,
    request_hash, sealed_request, revision, waits_for, answered, attempts, failures, taken_over,
    due_at, created_at, deadline_at, lease_until, lease_number, provider)
  values (?, ?, 'in progress', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0,
    :now, :now, :now + cast(? as bigint), coalesce(:now + cast(? as bigint), 0), ?,
    coalesce(?, (select r.provider from resources r where r.id = ?), ''))`

/** As the index of what is due says it. */
const WAITING = `state = 'in progress' and waits_for is null`

/** One look into the index for each name: however many operations wait, there are only a few providers. */
const PROVIDERS = `with recursive named (provider) as (
    select min(provider) from ${TABLE} where ${WAITING}
    union all
    select (select min(provider) from ${TABLE} where ${WAITING} and provider > named.provider) from named
     where named.provider is not null)
  select provider from named where provider is not null`

const ABANDONABLE = ` and answered = 0 and kind in ('create', 'update', 'bind')`

/** Somebody else holds the operation by now, or it has ended: nothing may be written about it. */
export class LostLease extends Error {
  override readonly name = 'LostLease'
  constructor(operation: string) {
    super(`the lease on operation ${operation} is lost`)
  }
}

export interface NewOperation {
  readonly id: string
  readonly kind: OperationKind
  readonly stage: string
  readonly platform: string
  readonly instance?: string
  readonly binding?: string
  readonly resource?: string
  /** Of the resource; looked up when it is absent. */
  readonly provider?: string
  readonly requestHash?: string
  readonly request?: JsonObject
  readonly revision?: string
  readonly waitsFor?: string
  readonly answered: boolean
  /** From now; absent: no limit in time. */
  readonly deadlineMs?: number
  /** Claimed, for so long, by the process that inserts it. */
  readonly leaseMs?: number
  /** This process's time, for the copy that is handed back; the row has the database's. */
  readonly now: number
}

export interface OperationFilter extends Paging {
  readonly state?: OperationState
  readonly kind?: OperationKind
  readonly platform?: string
  /** Our id. */
  readonly instance?: string
}

export function operationTable(seal: Seal) {
  const { fromRow, place } = operationRows(seal)

  async function byId(session: Session, id: string): Promise<Operation | undefined> {
    const [row] = await session.read(`select *, :now as claimed_at from ${TABLE} where id = ?`, [id])
    return row && fromRow(row)
  }

  return {
    byId,

    /** Answers the operation as it stands in the row. */
    async insert(session: Session, operation: NewOperation): Promise<Operation> {
      const { id, leaseMs, deadlineMs } = operation
      const claimed = leaseMs === undefined ? 0 : 1
      session.queue(INSERT, [
        id,
        operation.kind,
        operation.stage,
        STEP_FORMAT,
        operation.platform,
        ...orNull(operation.instance, operation.binding, operation.resource, operation.requestHash),
        operation.request ? seal.seal(place(id), JSON.stringify(operation.request)) : null,
        ...orNull(operation.revision, operation.waitsFor),
        operation.answered ? 1 : 0,
        claimed,
        deadlineMs ?? null,
        leaseMs ?? null,
        claimed,
        ...orNull(operation.provider, operation.resource)
      ])
      return asInserted(operation)
    },

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
    },

    /**
     * Answers whether the operation is told to stop for this reason. What a deletion has taken over stays so. Abandoned is
     * only what can end half-way, and nothing that a platform polls because another request waited too long. What an operator
     * ends does not wait for another operation any more.
     */
    async cancel(session: Session, id: string, cancel: Cancel): Promise<boolean> {
      const alone = cancel === 'by operator' ? ', waits_for = null' : ''
      const { changes } = await session.write(
        `update ${TABLE} set cancel = ?, due_at = :now${alone} where id = ? and state = 'in progress'
            and (cancel is null or cancel <> 'superseded')${cancel === 'abandoned' ? ABANDONABLE : ''}`,
        [cancel, id]
      )
      return changes === 1
    },

    /** Those that wait for another one longer than they have time: they are due, and end. */
    async endWaiting(session: Session): Promise<number> {
      const { changes } = await session.write(
        `update ${TABLE} set waits_for = null, due_at = :now
          where waits_for is not null and state = 'in progress' and deadline_at <= :now`
      )
      return changes
    },

    endAllOf,

    /** From now on a platform polls it; false when it has ended already. */
    async markAnswered(session: Session, id: string): Promise<boolean> {
      const { changes } = await session.write(
        `update ${TABLE} set answered = 1 where id = ? and state = 'in progress'`,
        [id]
      )
      return changes === 1
    },

    /** Makes it due now, whatever pause it is in; pauses grow from the shortest again. */
    async hasten(session: Session, id: string): Promise<boolean> {
      const { changes } = await session.write(
        `update ${TABLE} set due_at = :now, failures = 0 where id = ? and state = 'in progress'`,
        [id]
      )
      return changes === 1
    },

    /** The last clean-up of a resource or binding that is still under way. */
    async openCleanUp(session: Session, where: { readonly resource: string } | { readonly binding: string }) {
      const [column, value] = 'resource' in where ? ['resource', where.resource] : ['binding', where.binding]
      const [row] = await session.read(
        `select * from ${TABLE} where ${column} = ? and kind = 'clean-up' and state = 'in progress'
          order by seq desc limit 1`,
        [value]
      )
      return row && fromRow(row)
    },

    /** The last one of this kind on a resource, however it stands. */
    async lastOf(session: Session, kind: OperationKind, resource: string): Promise<Operation | undefined> {
      const [row] = await session.read(
        `select * from ${TABLE} where resource = ? and kind = ? order by seq desc limit 1`,
        [resource, kind]
      )
      return row && fromRow(row)
    },

    async openOfResource(session: Session, resource: string): Promise<Operation[]> {
      const rows = await session.read(
        `select * from ${TABLE} where resource = ? and state = 'in progress' order by seq`,
        [resource]
      )
      return rows.map(fromRow)
    },

    /** Resources that something is under way on. */
    async openResources(session: Session): Promise<ReadonlySet<string>> {
      const rows = await session.read(
        `select distinct resource from ${TABLE} where state = 'in progress' and resource is not null`
      )
      return new Set(rows.map((row) => text(row, 'resource')))
    },

    async openOfInstance(session: Session, instance: string): Promise<Operation[]> {
      const rows = await session.read(
        `select * from ${TABLE} where instance = ? and state = 'in progress' order by seq`,
        [instance]
      )
      return rows.map(fromRow)
    },

    /** The newest first. */
    async list(session: Session, filter: OperationFilter): Promise<(Operation & Numbered)[]> {
      const { state, kind, platform, instance } = filter
      const rows = await page(session, TABLE, { state, kind, platform, instance }, filter)
      return rows.map((row) => ({ ...fromRow(row), seq: whole(row, 'seq') }))
    },

    /** For the metrics: how many are open, by kind, and how long the oldest has been. */
    async openByKind(session: Session): Promise<{ kind: OperationKind; open: number; oldestMs: number }[]> {
      const rows = await session.read(
        `select kind, count(*) as open, :now - min(created_at) as oldest from ${TABLE}
          where state = 'in progress' group by kind`
      )
      return rows.map((row) => ({
        kind: text(row, 'kind') as OperationKind,
        open: whole(row, 'open'),
        oldestMs: whole(row, 'oldest')
      }))
    },

    /** Forgets what ended long ago and is nobody's last operation. */
    async forgetEnded(session: Session, keepMs: number): Promise<number> {
      const { changes } = await session.write(
        `delete from ${TABLE} where ended_at is not null and ended_at < :now - cast(? as bigint)
            and not exists (select 1 from instances i where i.operation = ${TABLE}.id and i.deleted_at is null)
            and not exists (select 1 from bindings b where b.operation = ${TABLE}.id and b.deleted_at is null)`,
        [keepMs]
      )
      return changes
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

function orNull(...values: readonly (string | undefined)[]): (string | null)[] {
  return values.map((value) => value ?? null)
}

function asInserted({ leaseMs, deadlineMs, now, ...operation }: NewOperation): Operation {
  const claimed = leaseMs === undefined ? 0 : 1
  return {
    ...operation,
    state: 'in progress',
    attempts: claimed,
    failures: 0,
    leaseNumber: claimed,
    takenOver: false,
    dueAt: now,
    createdAt: now,
    ...(deadlineMs === undefined ? {} : { deadlineAt: now + deadlineMs })
  }
}

/** Whatever waited for the end of an operation is due. */
function freeWaiting(session: Session, id: string): void {
  session.queue(`update ${TABLE} set waits_for = null, due_at = :now where waits_for = ?`, [id])
}

/** Ends all that is under way for an instance; a worker in the middle of a step finds its lease lost. Answers their ids. */
async function endAllOf(session: Session, instance: string, description: string): Promise<string[]> {
  const { rows } = await session.write(
    `update ${TABLE} set state = 'failed', failure = 'by operator', description = ?, ended_at = :now, lease_until = 0,
        lease_number = lease_number + 1, waits_for = null
      where instance = ? and state = 'in progress' returning id`,
    [description, instance]
  )
  return rows.map((row) => text(row, 'id'))
}
