import { REMEMBERED_KINDS } from '../domain/drift-memory.ts'
import type { DriftCounts } from '../metrics.ts'
import { driftMemory } from '../store/drift-memory.ts'
import type { Store } from '../store/store.ts'

/** What /metrics tells about drift: of configured providers also that there is none. */
export async function driftCounts(store: Store, providers: readonly string[]): Promise<DriftCounts> {
  const { counts, looks } = await store.database.read((session) => driftMemory(store, session))
  const found = providers.flatMap((provider) =>
    REMEMBERED_KINDS.map((kind) => ({
      provider,
      kind,
      count: counts.find((each) => each.provider === provider && each.kind === kind)?.count ?? 0
    }))
  )
  return { found, looks: looks.filter(({ provider }) => providers.includes(provider)) }
}
