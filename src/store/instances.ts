import type { View } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Instance, InstanceState } from '../domain/instance.ts'
import { maybeWhole, object, present, text, whole, yes } from './columns.ts'
import { insert, update } from './insert.ts'
import { type Numbered, type Paging, page } from './page.ts'
import type { Seal } from './seal.ts'
import type { Row, Session } from './session.ts'

const TABLE = 'instances'

export interface InstanceChange {
  readonly state?: InstanceState
  readonly planId?: string
  readonly planIds?: readonly string[]
  readonly revision?: string
  readonly requestHash?: string
  readonly parameters?: JsonObject
  readonly context?: JsonObject
  readonly region?: string
  readonly resource?: string
  readonly operation?: string
  readonly usable?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly readyAt?: number
  readonly deletedAt?: number
}

export interface InstanceFilter extends Paging {
  readonly platform?: string
  readonly state?: InstanceState
}

export function instanceTable(seal: Seal) {
  const place = (column: string, row: string) => ({ table: TABLE, column, row })

  function fromRow(row: Row): Instance {
    const id = text(row, 'id')
    return present<Instance>({
      id,
      platform: text(row, 'platform'),
      osbId: text(row, 'osb_id'),
      state: text(row, 'state') as InstanceState,
      serviceId: text(row, 'service_id'),
      planId: text(row, 'plan_id'),
      planIds: JSON.parse(text(row, 'plan_ids')) as string[],
      revision: text(row, 'revision'),
      organization: text(row, 'organization'),
      space: text(row, 'space'),
      requestHash: text(row, 'request_hash'),
      parameters: object(seal.open(place('sealed_parameters', id), text(row, 'sealed_parameters'))),
      context: object(seal.open(place('sealed_context', id), text(row, 'sealed_context'))),
      view: text(row, 'view') as View,
      region: text(row, 'region'),
      resource: text(row, 'resource'),
      operation: text(row, 'operation'),
      usable: yes(row, 'usable'),
      labels: JSON.parse(text(row, 'labels')) as Record<string, string>,
      createdAt: whole(row, 'created_at'),
      readyAt: maybeWhole(row, 'ready_at'),
      deletedAt: maybeWhole(row, 'deleted_at')
    })
  }

  async function first(rows: Promise<readonly Row[]>): Promise<Instance | undefined> {
    const [row] = await rows
    return row && fromRow(row)
  }

  return {
    fromRow,
    byId: (session: Session, id: string) => first(session.read(`select * from ${TABLE} where id = ?`, [id])),

    /** The living one under a platform's id, else the last that lived. */
    find: (session: Session, platform: string, osbId: string) =>
      first(
        session.read(`select * from ${TABLE} where platform = ? and osb_id = ? order by seq desc limit 1`, [
          platform,
          osbId
        ])
      ),

    /** As `find`, and nobody else changes it before this transaction ends. */
    hold: (session: Session, platform: string, osbId: string) =>
      first(
        session.read(
          `select * from ${TABLE} where platform = ? and osb_id = ? order by seq desc limit 1${
            session.dialect === 'postgres' ? ' for update' : ''
          }`,
          [platform, osbId]
        )
      ),

    /** Whoever writes about an instance holds it first, so that all take their locks in one order. */
    async holdById(session: Session, id: string): Promise<void> {
      if (session.dialect === 'sqlite') return
      await session.read(`select id from ${TABLE} where id = ? for update`, [id])
    },

    /** The living one that points at this resource. */
    pointingAt: (session: Session, resource: string) =>
      first(session.read(`select * from ${TABLE} where resource = ? and deleted_at is null`, [resource])),

    /** What living ones point at. */
    async pointedAt(session: Session): Promise<ReadonlySet<string>> {
      const rows = await session.read(`select resource from ${TABLE} where deleted_at is null`)
      return new Set(rows.map((row) => text(row, 'resource')))
    },

    async countLiving(session: Session, platform: string, organization?: string): Promise<number> {
      const [row] =
        organization === undefined
          ? await session.read(
              `select count(*) as n from ${TABLE} where platform = ? and deleted_at is null`,
              [platform]
            )
          : await session.read(
              `select count(*) as n from ${TABLE} where platform = ? and organization = ? and deleted_at is null`,
              [platform, organization]
            )
      return Number(row?.['n'] ?? 0)
    },

    /** Those under a platform's id, whichever platform's: the living ones, else the last that lived. */
    async byOsbId(session: Session, osbId: string): Promise<Instance[]> {
      const rows = await session.read(`select * from ${TABLE} where osb_id = ? order by seq desc`, [osbId])
      const living = rows.filter((row) => row['deleted_at'] === null)
      return (living.length > 0 ? living : rows.slice(0, 1)).map(fromRow)
    },

    /** Every platform's id, by ours. */
    async osbIds(session: Session): Promise<ReadonlyMap<string, string>> {
      const rows = await session.read(`select id, osb_id from ${TABLE}`)
      return new Map(rows.map((row) => [text(row, 'id'), text(row, 'osb_id')]))
    },

    /** The newest first; deleted ones only when they are asked for. */
    async list(session: Session, filter: InstanceFilter): Promise<(Instance & Numbered)[]> {
      const { platform, state } = filter
      const only = state === 'deleted' ? 'true' : 'deleted_at is null'
      const rows = await page(session, TABLE, { platform, state }, filter, only)
      return rows.map((row) => ({ ...fromRow(row), seq: whole(row, 'seq') }))
    },

    async insert(session: Session, instance: Instance): Promise<void> {
      const { id } = instance
      insert(session, TABLE, {
        id,
        platform: instance.platform,
        osb_id: instance.osbId,
        state: instance.state,
        service_id: instance.serviceId,
        plan_id: instance.planId,
        plan_ids: JSON.stringify(instance.planIds),
        revision: instance.revision,
        organization: instance.organization,
        space: instance.space,
        request_hash: instance.requestHash,
        sealed_parameters: seal.seal(place('sealed_parameters', id), JSON.stringify(instance.parameters)),
        sealed_context: seal.seal(place('sealed_context', id), JSON.stringify(instance.context)),
        view: instance.view,
        region: instance.region,
        resource: instance.resource,
        operation: instance.operation,
        usable: instance.usable ? 1 : 0,
        labels: JSON.stringify(instance.labels),
        created_at: instance.createdAt
      })
    },

    async change(session: Session, id: string, change: InstanceChange): Promise<void> {
      update(session, TABLE, id, {
        state: change.state,
        plan_id: change.planId,
        plan_ids: change.planIds && JSON.stringify(change.planIds),
        revision: change.revision,
        request_hash: change.requestHash,
        sealed_parameters:
          change.parameters && seal.seal(place('sealed_parameters', id), JSON.stringify(change.parameters)),
        sealed_context:
          change.context && seal.seal(place('sealed_context', id), JSON.stringify(change.context)),
        region: change.region,
        resource: change.resource,
        operation: change.operation,
        usable: change.usable === undefined ? undefined : change.usable ? 1 : 0,
        labels: change.labels && JSON.stringify(change.labels),
        ready_at: change.readyAt,
        deleted_at: change.deletedAt
      })
    }
  }
}
