import { type DriftKind, STANDING } from '../domain/drift.ts'
import { text, whole } from './columns.ts'
import type { Session } from './session.ts'

const TABLE = 'drifts'

/** How a resource differs at its provider from what the books say. */
export interface Drift {
  readonly resource: string
  readonly provider: string
  readonly family: string
  readonly kind: DriftKind
}

/** What was found to differ, remembered from one look to the next. */
export function driftTable() {
  return {
    async all(session: Session): Promise<Drift[]> {
      const rows = await session.read(`select * from ${TABLE} order by resource`)
      return rows.map((row) => ({
        resource: text(row, 'resource'),
        provider: text(row, 'provider'),
        family: text(row, 'family'),
        kind: text(row, 'kind') as DriftKind
      }))
    },

    async keep(session: Session, { resource, provider, family, kind }: Drift): Promise<void> {
      await session.write(
        `insert into ${TABLE} (resource, provider, family, kind, first_seen_at) values (?, ?, ?, ?, :now)
          on conflict (resource) do update set kind = excluded.kind, first_seen_at = excluded.first_seen_at
          where ${TABLE}.kind <> excluded.kind`,
        [resource, provider, family, kind]
      )
    },

    async forget(session: Session, resource: string): Promise<void> {
      await session.write(`delete from ${TABLE} where resource = ?`, [resource])
    },

    /** Of what the books still say stands: what was forgotten or removed since the look differs no more. */
    async count(
      session: Session
    ): Promise<{ readonly provider: string; readonly kind: DriftKind; readonly count: number }[]> {
      const rows = await session.read(
        `select d.provider, d.kind, count(*) as number from ${TABLE} d join resources r on r.id = d.resource
          where r.state in (${STANDING.map(() => '?').join(', ')}) group by d.provider, d.kind
          order by d.provider, d.kind`,
        STANDING
      )
      return rows.map((row) => ({
        provider: text(row, 'provider'),
        kind: text(row, 'kind') as DriftKind,
        count: whole(row, 'number')
      }))
    }
  }
}
