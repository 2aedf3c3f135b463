import { text, whole } from './columns.ts'
import type { Row, Session } from './session.ts'

const TABLE = 'orphans'

/** Something at a provider that carries our mark and that no instance has. */
export interface Orphan {
  /** Of its mark. */
  readonly resource: string
  readonly generation: number
  readonly provider: string
  readonly family: string
  /** Its name at the provider. */
  readonly name: string
}

/** An orphan, and since when it is known to be one, by the store's clock. */
export interface KnownOrphan extends Orphan {
  readonly firstSeenAt: number
  /** How long that is ago. */
  readonly ageMs: number
}

const COLUMNS = 'resource, provider, family, name, generation, first_seen_at'

/** Orphans, remembered from one look to the next: one that was none in between counts its days anew. */
export function orphanTable() {
  return {
    /** What is seen now. Its days begin again when it is not the very same any more; two providers may list one account. */
    async keep(session: Session, orphan: Orphan): Promise<void> {
      const { resource, provider, family, name, generation } = orphan
      await session.write(
        `insert into ${TABLE} (${COLUMNS}) values (?, ?, ?, ?, ?, :now)
          on conflict (resource) do update set provider = excluded.provider, family = excluded.family,
            name = excluded.name, generation = excluded.generation,
            first_seen_at = case when ${TABLE}.family = excluded.family and ${TABLE}.name = excluded.name
              and ${TABLE}.generation = excluded.generation then ${TABLE}.first_seen_at else excluded.first_seen_at end
          where ${TABLE}.provider <> excluded.provider or ${TABLE}.family <> excluded.family
            or ${TABLE}.name <> excluded.name or ${TABLE}.generation <> excluded.generation`,
        [resource, provider, family, name, generation]
      )
    },

    async all(session: Session): Promise<KnownOrphan[]> {
      const rows = await session.read(`select *, :now - first_seen_at as age from ${TABLE} order by resource`)
      return rows.map(fromRow)
    },

    async count(session: Session): Promise<{ readonly provider: string; readonly count: number }[]> {
      const rows = await session.read(
        `select provider, count(*) as number from ${TABLE} group by provider order by provider`
      )
      return rows.map((row) => ({ provider: text(row, 'provider'), count: whole(row, 'number') }))
    },

    /** Nobody else decides about it before this transaction ends. */
    async hold(session: Session, resource: string): Promise<KnownOrphan | undefined> {
      const lock = session.dialect === 'postgres' ? ' for update' : ''
      const [row] = await session.read(
        `select *, :now - first_seen_at as age from ${TABLE} where resource = ?${lock}`,
        [resource]
      )
      return row && fromRow(row)
    },

    async forget(session: Session, resource: string): Promise<void> {
      await session.write(`delete from ${TABLE} where resource = ?`, [resource])
    },

    async forgetAll(session: Session): Promise<void> {
      await session.write(`delete from ${TABLE}`)
    }
  }
}

function fromRow(row: Row): KnownOrphan {
  return {
    resource: text(row, 'resource'),
    generation: whole(row, 'generation'),
    provider: text(row, 'provider'),
    family: text(row, 'family'),
    name: text(row, 'name'),
    firstSeenAt: whole(row, 'first_seen_at'),
    ageMs: whole(row, 'age')
  }
}
