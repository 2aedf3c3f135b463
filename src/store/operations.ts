import type { JsonObject } from '../contract/json.ts'
import {
  type Cancel,
  type Operation,
  type OperationKind,
  type OperationState,
  stepFormatOf
} from '../domain/operation.ts'
import { text, whole } from './columns.ts'
import { operationLeases } from './operation-leases.ts'
import { operationRows } from './operation-rows.ts'
import { type Numbered, type Paging, page } from './page.ts'
import type { Seal } from './seal.ts'
import type { Session } from './session.ts'

const TABLE = 'operations'

const INSERT = `insert into ${TABLE} (id, kind, state, stage, step_format, platform, instance, binding, resource,
    request_hash, sealed_request, revision, waits_for, answered, attempts, failures, taken_over,
    due_at, created_at, deadline_at, lease_until, lease_number, provider)
  values (?, ?, 'in progress', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0,
    :now, :now, :now + cast(? as bigint), coalesce(:now + cast(? as bigint), 0), ?,
    coalesce(?, (select r.provider from resources r where r.id = ?), ''))`

const ABANDONABLE = ` and answered = 0 and kind in ('create', 'update', 'bind')`

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
    ...operationLeases({ byId, fromRow }),

    byId,

    /** Answers the operation as it stands in the row. */
    async insert(session: Session, operation: NewOperation): Promise<Operation> {
      const { id, leaseMs, deadlineMs } = operation
      const claimed = leaseMs === undefined ? 0 : 1
      session.queue(INSERT, [
        id,
        operation.kind,
        operation.stage,
        stepFormatOf(operation.kind),
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

    /** One that has ended and that nobody polls. */
    async forget(session: Session, id: string): Promise<void> {
      await session.write(`delete from ${TABLE} where id = ? and ended_at is not null`, [id])
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
