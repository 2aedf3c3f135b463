import type { DriftMemory } from '../domain/drift-memory.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** What the last looks found. */
export async function driftMemory(
  { orphans, drifts, looks }: Pick<Store, 'orphans' | 'drifts' | 'looks'>,
  session: Session
): Promise<DriftMemory> {
  const strangers = (await orphans.count(session)).map((each) => ({ ...each, kind: 'orphan' as const }))
  return { counts: [...strangers, ...(await drifts.count(session))], looks: await looks.all(session) }
}
