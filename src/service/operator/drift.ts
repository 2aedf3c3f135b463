import type { Mark } from '../../contract/adapter.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Listing, OperatorDeps } from './deps.ts'

/** How what stands at the providers differs from what the store says. Nothing of it is changed by looking. */
export interface Drift {
  /** They stand there with our mark, and the store does not know them: made after it was. */
  readonly orphans: readonly Orphan[]
  /** The store says that they are gone, and they stand there. */
  readonly leftovers: readonly DriftingResource[]
  /** The store says that they stand, and they are not there: removed after it was. */
  readonly missing: readonly DriftingResource[]
  /** Their mark tells another generation. */
  readonly differing: readonly DriftingResource[]
  /** Where nobody can tell, and why. */
  readonly unlisted: readonly Unlisted[]
}

export interface Orphan {
  readonly provider: string
  readonly family: string
  /** Of its mark. */
  readonly resource: string
  readonly generation: number
}

export interface DriftingResource {
  readonly provider: string
  readonly family: string
  /** Its name at the provider. */
  readonly name: string
  readonly resource: string
  readonly state: Resource['state']
  readonly platform: string
  /** Ours. */
  readonly instance: string
  /** The platform's own. */
  readonly osbInstance: string
  readonly generation: number
  /** What the mark says, where it says something else. */
  readonly found?: number
}

export interface Unlisted {
  readonly provider: string
  readonly family: string
  readonly text: string
}

interface Known {
  readonly resource: Resource
  readonly osbInstance: string
}

/** Those that a provider must show. */
const STANDING: readonly Resource['state'][] = ['active', 'target', 'retained']

export async function driftOf(deps: OperatorDeps): Promise<Drift> {
  const known = await knownResources(deps)
  const listings = (await Promise.all(deps.providers.map(deps.list))).flat()
  const listed = listings.flatMap((listing) =>
    'marks' in listing ? listing.marks.map((mark) => ({ ...listing, mark })) : []
  )
  const found = new Map(listed.map(({ mark }) => [mark.resource, mark]))
  const standing = [...known.values()].filter(({ resource }) => STANDING.includes(resource.state))
  return {
    orphans: listed.filter(({ mark }) => !known.has(mark.resource)).map(orphan),
    leftovers: drifting(
      known,
      found,
      ({ resource }, mark) => mark !== undefined && resource.state === 'gone'
    ),
    missing: drifting(
      known,
      found,
      ({ resource }, mark) =>
        mark === undefined && STANDING.includes(resource.state) && isListed(listings, resource)
    ),
    differing: drifting(
      known,
      found,
      ({ resource }, mark) => mark !== undefined && mark.generation !== resource.generation
    ),
    unlisted: unlistedOf(listings, standing)
  }
}

async function knownResources({ store }: OperatorDeps): Promise<ReadonlyMap<string, Known>> {
  return store.database.read(async (session) => {
    const resources = await store.resources.all(session)
    const ids = await store.instances.osbIds(session)
    return new Map(
      resources.map((resource) => [resource.id, { resource, osbInstance: ids.get(resource.instance) ?? '' }])
    )
  })
}

function orphan({ provider, family, mark }: { provider: string; family: string; mark: Mark }): Orphan {
  return { provider, family, resource: mark.resource, generation: mark.generation }
}

function drifting(
  known: ReadonlyMap<string, Known>,
  found: ReadonlyMap<string, Mark>,
  drifts: (known: Known, mark: Mark | undefined) => boolean
): DriftingResource[] {
  return [...known.values()]
    .filter((each) => drifts(each, found.get(each.resource.id)))
    .map(({ resource, osbInstance }) => {
      const { provider, family, name, id, state, platform, instance, generation } = resource
      const mark = found.get(id)
      const other = mark && mark.generation !== generation ? { found: mark.generation } : {}
      return {
        provider,
        family,
        name,
        resource: id,
        state,
        platform,
        instance,
        osbInstance,
        generation,
        ...other
      }
    })
}

function isListed(listings: readonly Listing[], { provider, family }: Resource): boolean {
  return listings.some((each) => each.provider === provider && each.family === family && 'marks' in each)
}

function unlistedOf(listings: readonly Listing[], standing: readonly Known[]): Unlisted[] {
  const cannot = listings.flatMap((each) =>
    'cannot' in each ? [{ provider: each.provider, family: each.family, text: each.cannot }] : []
  )
  const strangers = new Map(
    standing
      .map(({ resource: { provider, family } }) => ({ provider, family }))
      .filter(
        (each) =>
          !listings.some(({ provider, family }) => provider === each.provider && family === each.family)
      )
      .map((each) => [`${each.provider} ${each.family}`, { ...each, text: 'it is not in the settings' }])
  )
  return [...cannot, ...strangers.values()]
}
