import { text } from './columns.ts'
import type { Session } from './session.ts'

/** The platforms that ever were configured; a row is what quotas are counted under. */
export function platformTable() {
  return {
    async keep(session: Session, name: string): Promise<void> {
      await session.write(
        'insert into platforms (name, created_at) values (?, :now) on conflict (name) do nothing',
        [name]
      )
    },

    /** Nobody else counts this platform's instances before this transaction ends. */
    async hold(session: Session, name: string): Promise<void> {
      if (session.dialect === 'sqlite') return
      // Also when no row is there yet.
      await session.write(
        'insert into platforms (name, created_at) values (?, :now) on conflict (name) do update set name = excluded.name',
        [name]
      )
    },

    /** Platforms that own living instances. */
    async withInstances(session: Session): Promise<string[]> {
      const rows = await session.read('select distinct platform from instances where deleted_at is null')
      return rows.map((row) => text(row, 'platform'))
    }
  }
}
