import { whole } from './columns.ts'
import type { Database } from './session.ts'

/** Connections of other Portolan processes, wherever they run; SQLite has none, its folder has a lock. */
export async function otherProcesses(database: Database): Promise<number> {
  if (database.dialect === 'sqlite') return 0
  return database.read(async (session) => {
    const [row] = await session.read(
      `select count(*) as n from pg_stat_activity
        where datname = current_database() and application_name = 'portolan' and pid <> pg_backend_pid()`
    )
    return row ? whole(row, 'n') : 0
  })
}
