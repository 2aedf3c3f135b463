import { text } from './columns.ts'
import type { Session } from './session.ts'

/** A few facts about this store: the broker's id, the canary. */
export function settingTable() {
  return {
    async get(session: Session, name: string): Promise<string | undefined> {
      const [row] = await session.read('select value from settings where name = ?', [name])
      return row && text(row, 'value')
    },
    /** Keeps what is there already. */
    async keepFirst(session: Session, name: string, value: string): Promise<void> {
      await session.write('insert into settings (name, value) values (?, ?) on conflict (name) do nothing', [
        name,
        value
      ])
    },
    async set(session: Session, name: string, value: string): Promise<void> {
      await session.write(
        'insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
        [name, value]
      )
    }
  }
}
