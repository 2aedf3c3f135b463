import type { Mark } from '../../contract/adapter.ts'
import type { Resource } from '../../domain/resource.ts'
import { look, missingChoices, orphanChoices } from './choices.ts'
import type { Listing, Observed, OperatorDeps } from './deps.ts'
import type { Choice, Drift, DriftingResource, OrphanView, Unlisted } from './drift-view.ts'
import { type Known, knownResources } from './known-resources.ts'
import { observeAll } from './observe-all.ts'
import { isAsked, type Remembered, rememberOrphans, type Standing, standingIn } from './remember-orphans.ts'
import { timeOf } from './time.ts'

/** Those that a provider must show. */
const STANDING: readonly Resource['state'][] = ['active', 'target', 'retained']

/** Every provider is asked. The books are read before and after: what changes meanwhile is no drift. */
export async function driftOf(deps: OperatorDeps): Promise<Drift> {
  const before = await deps.store.database.read((session) => knownResources(deps, session))
  const listings = (await Promise.all(deps.providers.map(deps.list))).flat()
  const remembered = await rememberOrphans(deps, listings)
  const { known } = remembered
  const found = new Map(standingIn(listings).map(({ mark }) => [mark.resource, mark]))
  const standing = [...known.values()].filter(isStanding)
  const stood = standing.filter(({ resource }) => isStanding(before.get(resource.id)))
  const unlisted = unlistedOf(listings, standing)
  const seen = await observeAll(deps, toObserve(stood, unlisted))
  const missing = stood.filter(({ resource }) => isMissing(resource, found, listings, seen))
  return {
    ...orphansIn(remembered),
    missing: await missingOf(deps, missing, found),
    differing: standing
      .filter(({ resource: { id, generation } }) => (found.get(id)?.generation ?? generation) !== generation)
      .map((each) => drifting(each, found, [look(each.resource)])),
    broken: stood.flatMap((each) => {
      const observed = seen.get(each.resource.id)
      if (observed?.state !== 'broken') return []
      return [{ ...drifting(each, found, [look(each.resource)]), text: observed.text }]
    }),
    unlisted
  }
}

/** What is being changed or removed now may be there or not. */
function isStanding(known: Known | undefined): boolean {
  return known !== undefined && !known.isBusy && STANDING.includes(known.resource.state)
}

function orphansIn({ orphans, known, since }: Remembered): Pick<Drift, 'orphans' | 'leftovers'> {
  const strangers = orphans.filter(({ mark }) => !known.has(mark.resource))
  return {
    orphans: strangers.map((each) => orphanView(each, since)),
    leftovers: orphans.flatMap((each) => {
      const leftover = known.get(each.mark.resource)
      if (!leftover) return []
      const kept = since.get(each.mark.resource)
      return [
        {
          ...drifting(
            leftover,
            new Map([[each.mark.resource, each.mark]]),
            orphanChoices(each, kept, leftover)
          ),
          ...(kept === undefined ? {} : { firstSeen: timeOf(kept.firstSeenAt) })
        }
      ]
    })
  }
}

function orphanView(orphan: Standing, since: Remembered['since']): OrphanView {
  const { provider, family, region, name, mark } = orphan
  const kept = since.get(mark.resource)
  return {
    provider,
    family,
    region,
    name,
    resource: mark.resource,
    generation: mark.generation,
    ...(kept === undefined ? {} : { firstSeen: timeOf(kept.firstSeenAt) }),
    choices: orphanChoices(orphan, kept, undefined)
  }
}

/** A provider that did not answer when it was asked for a list is not asked for each of its things. */
function toObserve(standing: readonly Known[], unlisted: readonly Unlisted[]): readonly Resource[] {
  return standing
    .map(({ resource }) => resource)
    .filter(
      (resource) =>
        !unlisted.some(
          ({ provider, family, why }) =>
            provider === resource.provider && family === resource.family && why !== 'no list'
        )
    )
}

function isMissing(
  resource: Resource,
  found: ReadonlyMap<string, Mark>,
  listings: readonly Listing[],
  seen: ReadonlyMap<string, Observed>
): boolean {
  const observed = seen.get(resource.id)?.state
  if (observed === 'gone') return true
  return observed === 'unknown' && !found.has(resource.id) && isAsked(listings, resource)
}

async function missingOf(
  { store }: OperatorDeps,
  missing: readonly Known[],
  found: ReadonlyMap<string, Mark>
): Promise<readonly DriftingResource[]> {
  return store.database.read(async (session) => {
    const drifts: DriftingResource[] = []
    for (const each of missing) {
      const leaving = await store.switches.leaving(session, each.resource.id)
      drifts.push(drifting(each, found, missingChoices(each, leaving?.id)))
    }
    return drifts
  })
}

function drifting(
  { resource, osbInstance }: Known,
  found: ReadonlyMap<string, Mark>,
  choices: readonly Choice[]
): DriftingResource {
  const { provider, family, region, name, id, state, platform, instance, generation } = resource
  const mark = found.get(id)
  const other = mark && mark.generation !== generation ? { found: mark.generation } : {}
  return {
    provider,
    family,
    region,
    name,
    resource: id,
    state,
    platform,
    instance,
    osbInstance,
    generation,
    ...other,
    choices
  }
}

function unlistedOf(listings: readonly Listing[], standing: readonly Known[]): Unlisted[] {
  const cannot = listings.flatMap((each): Unlisted[] => {
    if (!('cannot' in each)) return []
    const { provider, family, why, cannot: text } = each
    return [{ provider, family, why, text }]
  })
  const strangers = new Map<string, Unlisted>(
    standing
      .map(({ resource: { provider, family } }) => ({ provider, family }))
      .filter(
        (each) =>
          !listings.some(({ provider, family }) => provider === each.provider && family === each.family)
      )
      .map((each) => [
        `${each.provider} ${each.family}`,
        { ...each, why: 'not configured', text: 'it is not in the settings' }
      ])
  )
  return [...cannot, ...strangers.values()]
}
