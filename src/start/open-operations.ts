import type { OpenOperations } from '../metrics.ts'
import type { Store } from '../store/store.ts'

/** What /metrics tells about operations that have not ended. */
export async function openOperations(store: Store): Promise<readonly OpenOperations[]> {
  const rows = await store.database.read((session) => store.operations.openByKind(session))
  return rows.map(({ kind, open, oldestMs }) => ({
    kind,
    state: 'in progress',
    count: open,
    ageSeconds: oldestMs / 1000
  }))
}
