import type { Listed } from '../../contract/adapter.ts'
import type { KnownOrphan } from '../../store/orphans.ts'
import type { Listing, OperatorDeps } from './deps.ts'
import { isOrphan, type KnownResources, knownResources } from './known-resources.ts'

/** One thing that a provider listed. */
export interface Standing extends Listed {
  readonly provider: string
  readonly family: string
}

export interface Remembered {
  /** The books as they were after the providers were asked: what is made meanwhile is in them before it stands. */
  readonly known: KnownResources
  readonly orphans: readonly Standing[]
  /** Since when, by the resource of the mark; empty while the broker recovers. */
  readonly since: ReadonlyMap<string, KnownOrphan>
}

export function standingIn(listings: readonly Listing[]): readonly Standing[] {
  return listings.flatMap((listing) => {
    const { provider, family } = listing
    return 'listed' in listing ? listing.listed.map((each) => ({ ...each, provider, family })) : []
  })
}

/**
 * Which of what the providers listed are orphans; the store keeps since when, and forgets those that are none any more. Call it with
 * listings that are done: an intent is committed before its effect.
 */
export async function rememberOrphans(deps: OperatorDeps, listings: readonly Listing[]): Promise<Remembered> {
  const { store } = deps
  const standing = standingIn(listings)
  if (deps.audit.reason()) {
    const known = await store.database.read((session) => knownResources(deps, session))
    return { known, orphans: orphansOf(standing, known), since: new Map() }
  }
  return store.database.write(async (session) => {
    const known = await knownResources(deps, session)
    const orphans = orphansOf(standing, known)
    for (const { provider, family, name, mark } of orphans) {
      const { resource, generation } = mark
      await store.orphans.keep(session, { resource, generation, provider, family, name })
    }
    for (const old of await store.orphans.all(session))
      if (isAsked(listings, old) && !orphans.some(({ mark }) => mark.resource === old.resource))
        await store.orphans.forget(session, old.resource)
    const kept = await store.orphans.all(session)
    return { known, orphans, since: new Map(kept.map((each) => [each.resource, each])) }
  })
}

function orphansOf(standing: readonly Standing[], known: KnownResources): readonly Standing[] {
  return standing.filter(({ mark }) => isOrphan(known.get(mark.resource)))
}

export function isAsked(
  listings: readonly Listing[],
  { provider, family }: { readonly provider: string; readonly family: string }
): boolean {
  return listings.some((each) => each.provider === provider && each.family === family && 'listed' in each)
}
