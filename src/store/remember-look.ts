import {
  type DriftKind,
  driftOf,
  isAsked,
  isOrphan,
  isStanding,
  type Known,
  type KnownResources,
  type Listing,
  type Look,
  marksIn,
  STANDING,
  type Standing,
  standingIn
} from '../domain/drift.ts'
import { knownResources } from './known-resources.ts'
import type { KnownOrphan } from './orphans.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

export interface Orphans {
  /** The books as they are after the providers were asked: what is made meanwhile is in them before it stands. */
  readonly known: KnownResources
  readonly orphans: readonly Standing[]
}

export interface RememberedOrphans extends Orphans {
  /** Since when, by the resource of the mark. */
  readonly since: ReadonlyMap<string, KnownOrphan>
  /** Those of them that were not known. */
  readonly newOrphans: readonly Standing[]
}

/** Something that the books say stands, and how it differs. */
export interface Drifting {
  readonly known: Known
  readonly kind: DriftKind
}

export interface RememberedLook extends RememberedOrphans {
  readonly drifting: readonly Drifting[]
  /** Those of them that did not differ so. */
  readonly newlyDrifting: readonly Drifting[]
}

/** `before`: the books before the providers were asked, where that is a while ago: what was removed since is in the lists. */
export function orphansIn(
  listings: readonly Listing[],
  known: KnownResources,
  before: KnownResources = known
): Orphans {
  const isNobodys = ({ mark }: Standing) =>
    isOrphan(known.get(mark.resource)) && isOrphan(before.get(mark.resource))
  return { known, orphans: standingIn(listings).filter(isNobodys) }
}

/**
 * Which of what the providers listed are orphans; the store keeps since when, and forgets those that are none any more. Call it with
 * listings that are done: an intent is committed before its effect.
 */
export async function rememberOrphans(
  store: Store,
  session: Session,
  listings: readonly Listing[],
  booksBefore?: KnownResources
): Promise<RememberedOrphans> {
  const { known, orphans } = orphansIn(listings, await knownResources(store, session), booksBefore)
  const before = bySince(await store.orphans.all(session))
  for (const { provider, family, name, mark } of orphans) {
    const { resource, generation } = mark
    await store.orphans.keep(session, { resource, generation, provider, family, name })
  }
  const found = new Set(orphansIn(listings, known).orphans.map(({ mark }) => mark.resource))
  for (const old of before.values())
    if (isAsked(listings, old) && !found.has(old.resource)) await store.orphans.forget(session, old.resource)
  const since = bySince(await store.orphans.all(session))
  const isNew = ({ mark: { resource } }: Standing) =>
    before.get(resource)?.firstSeenAt !== since.get(resource)?.firstSeenAt
  return { known, orphans, since, newOrphans: orphans.filter(isNew) }
}

function bySince(orphans: readonly KnownOrphan[]): ReadonlyMap<string, KnownOrphan> {
  return new Map(orphans.map((each) => [each.resource, each]))
}

/** Those that stood before the look and stand after it, and are not as the books say. What nobody can tell is left out. */
export function driftingIn(look: Look, known: KnownResources): readonly Drifting[] {
  return judged(look, known).flatMap(({ known: each, verdict }) =>
    verdict === 'none' || verdict === 'unknown' ? [] : [{ known: each, kind: verdict }]
  )
}

function judged({ before, listings, seen }: Look, known: KnownResources) {
  const marks = marksIn(listings)
  return [...known.values()]
    .filter((each) => isStanding(each) && isStanding(before.get(each.resource.id)))
    .map((each) => ({ known: each, verdict: driftOf(each.resource, { listings, seen }, marks) }))
}

/** All that was found. Of those who did not answer, what was known stays as it is. */
export async function rememberLook(store: Store, session: Session, look: Look): Promise<RememberedLook> {
  const remembered = await rememberOrphans(store, session, look.listings, look.before)
  const before = new Map((await store.drifts.all(session)).map((each) => [each.resource, each.kind]))
  await rememberDrifts(store, session, judged(look, remembered.known), before)
  for (const resource of before.keys())
    if (!mayStand(remembered.known.get(resource))) await store.drifts.forget(session, resource)
  for (const listing of look.listings)
    if ('listed' in listing || listing.why === 'no list') await store.looks.done(session, listing)
  const drifting = driftingIn(look, remembered.known)
  return {
    ...remembered,
    drifting,
    newlyDrifting: drifting.filter(({ known, kind }) => before.get(known.resource.id) !== kind)
  }
}

async function rememberDrifts(
  store: Store,
  session: Session,
  verdicts: ReturnType<typeof judged>,
  before: ReadonlyMap<string, DriftKind>
): Promise<void> {
  for (const { known, verdict } of verdicts) {
    const { id: resource, provider, family } = known.resource
    if (verdict === 'unknown') continue
    if (verdict !== 'none') await store.drifts.keep(session, { resource, provider, family, kind: verdict })
    else if (before.has(resource)) await store.drifts.forget(session, resource)
  }
}

/** What something is under way on may come to stand as it did. */
function mayStand(known: Known | undefined): boolean {
  return known !== undefined && STANDING.includes(known.resource.state)
}
