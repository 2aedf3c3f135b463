import type { Handle } from '../contract/adapter.ts'
import type { Resource, ResourceState } from '../domain/resource.ts'
import { maybeText, maybeWhole, present, text, whole } from './columns.ts'
import { insert, update } from './insert.ts'
import type { Seal } from './seal.ts'
import type { Row, Session } from './session.ts'

const TABLE = 'resources'

export interface ResourceChange {
  readonly instance?: string
  readonly platform?: string
  readonly region?: string
  readonly state?: ResourceState
  readonly handle?: Handle
  readonly revision?: string
  readonly retainedUntil?: number
  readonly goneAt?: number
}

export function resourceTable(seal: Seal) {
  const place = (column: string, row: string) => ({ table: TABLE, column, row })

  function fromRow(row: Row): Resource {
    const id = text(row, 'id')
    const handle = maybeText(row, 'sealed_handle')
    return present<Resource>({
      id,
      instance: text(row, 'instance'),
      platform: text(row, 'platform'),
      provider: text(row, 'provider'),
      family: text(row, 'family'),
      region: text(row, 'region'),
      name: text(row, 'name'),
      generation: whole(row, 'generation'),
      state: text(row, 'state') as ResourceState,
      revision: text(row, 'revision'),
      seed: seal.open(place('sealed_seed', id), text(row, 'sealed_seed')),
      handle:
        handle === undefined
          ? undefined
          : (JSON.parse(seal.open(place('sealed_handle', id), handle)) as Handle),
      retainedUntil: maybeWhole(row, 'retained_until')
    })
  }

  return {
    async byId(session: Session, id: string): Promise<Resource | undefined> {
      const [row] = await session.read(`select * from ${TABLE} where id = ?`, [id])
      return row && fromRow(row)
    },

    /** Whichever has had this name, gone or not. */
    async byName(session: Session, name: string): Promise<Resource | undefined> {
      const [row] = await session.read(`select * from ${TABLE} where name = ?`, [name])
      return row && fromRow(row)
    },

    /** What stands, or may stand, at providers. */
    async list(session: Session): Promise<Resource[]> {
      const rows = await session.read(`select * from ${TABLE} where state <> 'gone' order by created_at`)
      return rows.map(fromRow)
    },

    /** With those that are gone. */
    async all(session: Session): Promise<Resource[]> {
      return (await session.read(`select * from ${TABLE} order by created_at`)).map(fromRow)
    },

    async ofInstance(session: Session, instance: string): Promise<Resource[]> {
      const rows = await session.read(`select * from ${TABLE} where instance = ? order by generation`, [
        instance
      ])
      return rows.map(fromRow)
    },

    /** Retained ones whose time is over, by the store's clock. */
    async overdue(session: Session, limit: number): Promise<Resource[]> {
      const rows = await session.read(
        `select * from ${TABLE} where state = 'retained' and retained_until <= :now order by retained_until limit ?`,
        [limit]
      )
      return rows.map(fromRow)
    },

    async insert(session: Session, resource: Resource, createdAt: number): Promise<void> {
      const { id } = resource
      insert(session, TABLE, {
        id,
        instance: resource.instance,
        platform: resource.platform,
        provider: resource.provider,
        family: resource.family,
        region: resource.region,
        name: resource.name,
        generation: resource.generation,
        state: resource.state,
        revision: resource.revision,
        sealed_seed: seal.seal(place('sealed_seed', id), resource.seed),
        sealed_handle:
          resource.handle === undefined
            ? null
            : seal.seal(place('sealed_handle', id), JSON.stringify(resource.handle)),
        created_at: createdAt
      })
    },

    async change(session: Session, id: string, change: ResourceChange): Promise<void> {
      update(session, TABLE, id, {
        instance: change.instance,
        platform: change.platform,
        region: change.region,
        state: change.state,
        sealed_handle: change.handle && seal.seal(place('sealed_handle', id), JSON.stringify(change.handle)),
        revision: change.revision,
        retained_until: change.retainedUntil,
        gone_at: change.goneAt
      })
    }
  }
}
