import type { Catalog, Offering, Plan } from '../domain/offer.ts'
import type { Platform } from '../domain/platform.ts'
import { visibleRegions } from '../identity/visibility.ts'
import { catalogOf } from './load.ts'
import { withRegions } from './plan-schemas.ts'
import { type CatalogBytes, catalogBytes } from './render.ts'

/** What one platform, or several that see the same, may know of a catalog. */
export interface View {
  readonly catalog: Catalog
  readonly bytes: CatalogBytes
}

/** The views of one loaded catalog: each rendered at its first use, then only looked up. */
export function viewsOf(catalog: Catalog): (platform: Platform) => View {
  const byPlatform = new WeakMap<Platform, View>()
  const bySight = new Map<string, View>()
  return (platform) => {
    const known = byPlatform.get(platform)
    if (known) return known
    const seen = catalogOf(seenOfferings(catalog, platform), catalog.providers)
    const sight = sightOf(seen)
    const view = bySight.get(sight) ?? { catalog: seen, bytes: catalogBytes(seen.offerings) }
    bySight.set(sight, view)
    byPlatform.set(platform, view)
    return view
  }
}

function seenOfferings(catalog: Catalog, platform: Platform): readonly Offering[] {
  return catalog.offerings
    .map((offering) => ({
      ...offering,
      plans: offering.plans.flatMap((plan) => seenPlan(catalog, platform, plan))
    }))
    .filter(({ plans }) => plans.length > 0)
}

function seenPlan(catalog: Catalog, platform: Platform, plan: Plan): readonly Plan[] {
  const provider = catalog.providers.get(plan.provider)
  const regions = provider ? visibleRegions(platform, plan, provider) : []
  return regions.length > 0 ? [withRegions(plan, regions)] : []
}

/** Within one catalog, equal plans with equal regions are an equal view. */
function sightOf({ offerings }: Catalog): string {
  return JSON.stringify(offerings.map(({ plans }) => plans.map(({ id, regions }) => [id, regions])))
}
