import type { Family } from '../contract/family.ts'
import type { Catalog, Offering, Plan, Provider } from '../domain/offer.ts'
import { driverOf } from '../registry/registry.ts'
import type { BindChoices } from './bind-choices.ts'
import { type CatalogOptions, checkSources } from './check.ts'
import { canMove } from './check-driver.ts'
import type { PlanEntry, ProviderFile, ServiceFile, Source, Sources } from './files.ts'
import { planSchemas } from './plan-schemas.ts'
import { CatalogError, sortProblems } from './problem.ts'
import { readFolders } from './read-folders.ts'

/** Covers the longest deadline of an operation, with room. */
/** A switch has a day for a large database; a platform that polls for less would take it for failed. */
const DEFAULT_POLLING_SECONDS = 97_200

/**
 * Reads the folders into one catalog: the configured providers, and the offerings that at least one of them sells.
 * Throws `CatalogError` with every mistake. `now` decides which certifications still count.
 */
export async function loadCatalog(options: CatalogOptions, now: Date): Promise<Catalog> {
  const { sources, problems } = await readFolders(options.folders)
  const all = [...problems, ...checkSources(sources, options, problems)]
  if (all.length > 0) throw new CatalogError(sortProblems(all))
  return toCatalog(sources, options, now)
}

/** A catalog of these offerings and providers, with its look-ups. */
export function catalogOf(offerings: readonly Offering[], providers: ReadonlyMap<string, Provider>): Catalog {
  const byId = new Map(offerings.map((offering) => [offering.id, offering]))
  const plans = new Map(
    offerings.flatMap((offering) => offering.plans.map((plan) => [plan.id, plan] as const))
  )
  return { offerings, providers, offering: (id) => byId.get(id), plan: (id) => plans.get(id) }
}

function toCatalog(sources: Sources, options: CatalogOptions, now: Date): Catalog {
  const configured = sources.providers.filter(({ name }) => Object.hasOwn(options.providers, name))
  const providers = new Map(configured.map((source) => [source.name, toProvider(source, now)]))
  const offerings = sources.services
    .map((service) => toOffering(service, sources, providers, options))
    .filter(({ plans }) => plans.length > 0)
  return catalogOf(offerings, providers)
}

function toProvider({ name, content }: Source<ProviderFile>, now: Date): Provider {
  const today = now.toISOString().slice(0, 'YYYY-MM-DD'.length)
  const valid = (content.certifications ?? []).filter(({ validUntil = today }) => validUntil >= today)
  return {
    name,
    displayName: content.displayName,
    country: content.country,
    regions: content.regions,
    certifications: [...new Set(valid.map((certification) => certification.name))]
  }
}

function toOffering(
  { name, content }: Source<ServiceFile>,
  sources: Sources,
  providers: ReadonlyMap<string, Provider>,
  { registry }: CatalogOptions
): Offering {
  const family = registry.family(content.family)
  if (!family) throw new Error(`family ${content.family} was checked and is gone`)
  const plans = sources.plans.flatMap((source) => {
    const provider = source.name === name ? providers.get(source.provider) : undefined
    if (!provider) return []
    const driver = driverOf(registry.provider(provider.name), family.name)
    if (!driver) return []
    return source.content.plans.map((entry) => {
      const canUpdate = driver.update !== undefined || canMove(driver, family, entry.driverPlan)
      const choices = driver.bindChoices?.(entry.driverPlan) ?? {}
      return toPlan(entry, { content, family, provider, canUpdate, choices })
    })
  })
  return {
    id: content.id,
    name: content.name,
    description: content.description,
    family: content.family,
    tags: content.tags ?? [],
    metadata: content.metadata ?? {},
    allowContextUpdates: content.allowContextUpdates ?? true,
    plans
  }
}

interface Surroundings {
  readonly content: ServiceFile
  readonly family: Family
  readonly provider: Provider
  readonly canUpdate: boolean
  readonly choices: BindChoices
}

function toPlan(entry: PlanEntry, { content, family, provider, canUpdate, choices }: Surroundings): Plan {
  const defaultRegion = entry.defaultRegion ?? entry.regions[0] ?? ''
  const bindable = entry.bindable ?? true
  const { bindingLifetimeSeconds, renewLeadSeconds, maintenanceInfo } = entry
  return {
    id: entry.id,
    name: entry.name,
    description: entry.description,
    offeringId: content.id,
    family: content.family,
    provider: provider.name,
    driverPlan: entry.driverPlan,
    regions: entry.regions,
    defaultRegion,
    synchronous: entry.synchronous ?? false,
    free: entry.free,
    bindable,
    bindingRotatable: entry.bindingRotatable ?? bindable,
    planUpdateable: entry.planUpdateable ?? canUpdate,
    ...(bindingLifetimeSeconds !== undefined && { bindingLifetimeSeconds }),
    ...(renewLeadSeconds !== undefined && { renewLeadSeconds }),
    maximumPollingDurationSeconds: entry.maximumPollingDurationSeconds ?? DEFAULT_POLLING_SECONDS,
    ...(maintenanceInfo && { maintenanceInfo }),
    isolation: entry.isolation,
    metadata: { ...entry.metadata, isolation: entry.isolation, provider: provider.displayName },
    ...planSchemas(family, entry.regions, defaultRegion, choices)
  }
}
