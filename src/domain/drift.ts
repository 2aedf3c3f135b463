import type { Listed, Mark } from '../contract/adapter.ts'
import type { Resource } from './resource.ts'

/** What one service of a provider listed, or why nobody can tell. */
export type Listing = { readonly provider: string; readonly family: string } & (
  | { readonly listed: readonly Listed[] }
  | { readonly cannot: string; readonly why: 'no list' | 'no answer' }
)

/** What a provider shows of a resource. */
export type Observed =
  | { readonly state: 'there' | 'gone' }
  | { readonly state: 'broken'; readonly text: string }
  | { readonly state: 'unknown'; readonly text: string }

/** One thing that a provider listed. */
export interface Standing extends Listed {
  readonly provider: string
  readonly family: string
}

/** A resource of the books, and what the books say around it. */
export interface Known {
  readonly resource: Resource
  readonly osbInstance: string
  /** A living instance points at it. */
  readonly isPointedAt: boolean
  /** Something is under way on it. */
  readonly isBusy: boolean
}

export type KnownResources = ReadonlyMap<string, Known>

/** What providers were asked, and said. */
export interface Look {
  /** The books before anybody was asked. */
  readonly before: KnownResources
  readonly listings: readonly Listing[]
  /** By resource; who was not asked for is not in it. */
  readonly seen: ReadonlyMap<string, Observed>
}

/** How something that the books say stands may differ from them. */
export const DRIFTS = ['missing', 'differing', 'broken'] as const

export type DriftKind = (typeof DRIFTS)[number]

/** Those that a provider must show. */
export const STANDING: readonly Resource['state'][] = ['active', 'target', 'retained']

/** What is being changed or removed now may be there or not. */
export function isStanding(known: Known | undefined): known is Known {
  return known !== undefined && !known.isBusy && STANDING.includes(known.resource.state)
}

/** No instance has it: the books do not know it, or say that it is gone. */
export function isOrphan(known: Known | undefined): boolean {
  return known === undefined || known.resource.state === 'gone'
}

/** What no broker of ours can have written somebody else did, and one such thing must not keep the books from all others. */
export function standingIn(listings: readonly Listing[]): readonly Standing[] {
  return listings.flatMap((listing) => {
    const { provider, family } = listing
    const listed = 'listed' in listing ? listing.listed.filter(canBeOurs) : []
    return listed.map((each) => ({ ...each, provider, family }))
  })
}

/** Text that every store can keep and find again. */
const KEPT = /^[^\0\p{Cs}]{0,500}$/u

function canBeOurs({ name, region, mark: { resource, generation } }: Listed): boolean {
  const texts = [name, region, resource]
  return resource !== '' && texts.every((each) => KEPT.test(each)) && Number.isSafeInteger(generation)
}

export function isAsked(
  listings: readonly Listing[],
  { provider, family }: { readonly provider: string; readonly family: string }
): boolean {
  return listings.some((each) => each.provider === provider && each.family === family && 'listed' in each)
}

export function marksIn(listings: readonly Listing[]): ReadonlyMap<string, Mark> {
  return new Map(standingIn(listings).map(({ mark }) => [mark.resource, mark]))
}

/** `none`: it is as the books say. `unknown`: nobody can tell, so what was known of it goes on being so. */
export function driftOf(
  { id, generation, provider, family }: Resource,
  { listings, seen }: Pick<Look, 'listings' | 'seen'>,
  marks: ReadonlyMap<string, Mark>
): DriftKind | 'none' | 'unknown' {
  const observed = seen.get(id)?.state
  const mark = marks.get(id)
  if (observed === 'gone') return 'missing'
  // A refusal is no word of it; and who is refused may not see it in a list either.
  if (observed === undefined && !mark && isAsked(listings, { provider, family })) return 'missing'
  if (mark && mark.generation !== generation) return 'differing'
  if (observed === 'broken') return 'broken'
  return observed === 'there' ? 'none' : 'unknown'
}
