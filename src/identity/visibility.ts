import type { Plan, Provider } from '../domain/offer.ts'
import type { Platform } from '../domain/platform.ts'

/**
 * The plan's regions that the platform may see and order in, in the plan's order; none: for this platform the plan does not exist.
 * The one decision behind the catalog, provision, switch and placement. An empty list of providers, plans or countries lets nothing through.
 */
export function visibleRegions(
  platform: Pick<Platform, 'sees'>,
  plan: Pick<Plan, 'id' | 'name' | 'regions'>,
  provider: Provider
): readonly string[] {
  const { providers, plans, certifications, countries } = platform.sees
  if (providers && !providers.includes(provider.name)) return []
  if (plans && !plans.includes(plan.name) && !plans.includes(plan.id)) return []
  if (certifications?.some((name) => !provider.certifications.includes(name))) return []
  if (!countries) return plan.regions
  return plan.regions.filter((region) => liesIn(provider, region, countries))
}

/** A region that the provider no longer names lies nowhere. */
function liesIn(provider: Provider, region: string, countries: readonly string[]): boolean {
  const country = provider.regions.find(({ name }) => name === region)?.country
  return country !== undefined && countries.includes(country)
}
