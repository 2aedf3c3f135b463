import type { Mark } from '../../contract/adapter.ts'
import {
  type DriftKind,
  isStanding,
  type Known,
  type Listing,
  type Look,
  marksIn
} from '../../domain/drift.ts'
import type { Resource } from '../../domain/resource.ts'
import { knownResources } from '../../store/known-resources.ts'
import { driftingIn, orphansIn, type RememberedLook, rememberLook } from '../../store/remember-look.ts'
import { adoptCommand } from './adopt-command.ts'
import { look as lookAt, missingChoices, orphanChoices } from './choices.ts'
import type { OperatorDeps } from './deps.ts'
import type { Choice, Drift, DriftingResource, OrphanView, Unlisted } from './drift-view.ts'
import { observeAll } from './observe-all.ts'
import { timeOf } from './time.ts'

/** Every provider is asked. The books are read before and after: what changes meanwhile is no drift. */
export async function driftOf(deps: OperatorDeps): Promise<Drift> {
  const before = await deps.store.database.read((session) => knownResources(deps.store, session))
  const listings = (await Promise.all(deps.providers.map(deps.list))).flat()
  const standing = [...before.values()].filter(isStanding)
  const unlisted = unlistedOf(listings, standing)
  const seen = await observeAll(deps, toObserve(standing, unlisted))
  const found = await compared(deps, { before, listings, seen })
  const marks = marksIn(listings)
  const of = (kind: DriftKind) =>
    found.drifting.filter((each) => each.kind === kind).map(({ known }) => known)
  return {
    ...(await orphanViews(deps, found)),
    missing: await missingOf(deps, of('missing'), marks),
    differing: of('differing').map((each) => drifting(each, marks, [lookAt(each.resource)])),
    broken: of('broken').map((each) => {
      const observed = seen.get(each.resource.id)
      const text = observed?.state === 'broken' ? observed.text : ''
      return { ...drifting(each, marks, [lookAt(each.resource)]), text }
    }),
    unlisted
  }
}

type Found = Pick<RememberedLook, 'known' | 'orphans' | 'since' | 'drifting'>

/** With the books as they are now; what is found is remembered unless the broker recovers. */
async function compared({ store, audit }: OperatorDeps, look: Look): Promise<Found> {
  if (!audit.reason()) return store.database.write((session) => rememberLook(store, session, look))
  const known = await store.database.read((session) => knownResources(store, session))
  return {
    ...orphansIn(look.listings, known, look.before),
    since: new Map(),
    drifting: driftingIn(look, known)
  }
}

async function orphanViews(
  deps: OperatorDeps,
  { orphans, known, since }: Found
): Promise<Pick<Drift, 'orphans' | 'leftovers'>> {
  return deps.store.database.read(async (session) => {
    const strangers: OrphanView[] = []
    const leftovers: DriftingResource[] = []
    for (const each of orphans) {
      const { mark, provider, family, region, name } = each
      const [leftover, kept] = [known.get(mark.resource), since.get(mark.resource)]
      const firstSeen = kept === undefined ? {} : { firstSeen: timeOf(kept.firstSeenAt) }
      const adopt = await adoptCommand(deps, session, each, leftover)
      const choices = orphanChoices(each, kept, leftover, adopt)
      const marks = new Map([[mark.resource, mark]])
      const { resource, generation } = mark
      if (leftover) leftovers.push({ ...drifting(leftover, marks, choices), ...firstSeen })
      else strangers.push({ provider, family, region, name, resource, generation, ...firstSeen, choices })
    }
    return { orphans: strangers, leftovers }
  })
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
