import { maybeText, maybeWhole, present, text } from './columns.ts'
import type { Session } from './session.ts'

const TABLE = 'looks'

/** One service of a provider. */
export interface Place {
  readonly provider: string
  readonly family: string
}

export interface LastLook extends Place {
  /** By the store's clock. */
  readonly lookedAt: number
}

/** When each service of a provider was looked at last, and the operation that was ordered to do so. */
export function lookTable() {
  return {
    /** Those that were looked at. */
    async all(session: Session): Promise<LastLook[]> {
      const rows = await session.read(
        `select * from ${TABLE} where looked_at is not null order by provider, family`
      )
      return rows.flatMap((row) => {
        const lookedAt = maybeWhole(row, 'looked_at')
        const place = { provider: text(row, 'provider'), family: text(row, 'family') }
        return lookedAt === undefined ? [] : [{ ...place, lookedAt }]
      })
    },

    /** It has been looked at now, whoever ordered it. */
    async done(session: Session, place: Place): Promise<void> {
      const { provider, family } = place
      await session.write(
        `insert into ${TABLE} (place, provider, family, ordered_at, looked_at) values (?, ?, ?, 0, :now)
          on conflict (place) do update set looked_at = excluded.looked_at`,
        [placeOf(place), provider, family]
      )
    },

    /** Those for which a look was ordered less than so long ago: they are not due. */
    async young(session: Session, everyMs: number): Promise<Place[]> {
      const rows = await session.read(
        `select provider, family from ${TABLE} where ordered_at > :now - cast(? as bigint)`,
        [everyMs]
      )
      return rows.map((row) => ({ provider: text(row, 'provider'), family: text(row, 'family') }))
    },

    /**
     * Orders it as this operation, with the one before; nothing where another process has just done so, or where that one is still
     * under way.
     */
    async order(
      session: Session,
      place: Place,
      operation: string,
      everyMs: number
    ): Promise<{ readonly before?: string } | undefined> {
      const { provider, family } = place
      const [last] = await session.read(`select operation from ${TABLE} where place = ?`, [placeOf(place)])
      const { changes } = await session.write(
        `insert into ${TABLE} (place, provider, family, ordered_at, operation) values (?, ?, ?, :now, ?)
          on conflict (place) do update set ordered_at = excluded.ordered_at, operation = excluded.operation
            where ${TABLE}.ordered_at <= excluded.ordered_at - cast(? as bigint)
              and not exists (select 1 from operations o where o.id = ${TABLE}.operation and o.state = 'in progress')`,
        [placeOf(place), provider, family, operation, everyMs]
      )
      if (changes === 0) return undefined
      return present<{ before?: string }>({ before: last && maybeText(last, 'operation') })
    }
  }
}

/** A name of a provider holds no space. */
function placeOf({ provider, family }: Place): string {
  return `${provider} ${family}`
}
