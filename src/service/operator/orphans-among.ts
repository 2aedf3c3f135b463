import type { Listing } from '../../domain/drift.ts'
import { knownResources } from '../../store/known-resources.ts'
import {
  type Orphans,
  orphansIn,
  type RememberedOrphans,
  rememberOrphans
} from '../../store/remember-look.ts'
import type { OperatorDeps } from './deps.ts'

/** Orphans, and since when they are known; nothing is remembered while the broker recovers. */
export async function orphansAmong(
  { store, audit }: OperatorDeps,
  listings: readonly Listing[]
): Promise<Orphans & Pick<RememberedOrphans, 'since'>> {
  if (!audit.reason()) return store.database.write((session) => rememberOrphans(store, session, listings))
  const known = await store.database.read((session) => knownResources(store, session))
  return { ...orphansIn(listings, known), since: new Map() }
}
