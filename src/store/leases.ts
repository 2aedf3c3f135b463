import type { Session } from './session.ts'

/** Work that one process at a time does for all. */
export function leaseTable() {
  return {
    /**
     * Takes the lease or renews it, by the store's clock; false while another holder has it. On PostgreSQL nobody else takes it
     * before this transaction ends.
     */
    async claim(session: Session, name: string, holder: string, ms: number): Promise<boolean> {
      const { rows } = await session.write(
        `insert into leases (name, holder, until) values (?, ?, :now + cast(? as bigint))
          on conflict (name) do update set holder = excluded.holder, until = excluded.until
            where leases.holder = excluded.holder or leases.until < :now
          returning holder`,
        [name, holder, ms]
      )
      return rows.length > 0
    },

    async release(session: Session, name: string, holder: string): Promise<void> {
      await session.write('delete from leases where name = ? and holder = ?', [name, holder])
    }
  }
}
