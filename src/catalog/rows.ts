import type { Catalog } from '../domain/offer.ts'

/** One line of `portolan catalog show`. */
export interface CatalogRow {
  readonly offering: string
  readonly plan: string
  readonly id: string
  readonly provider: string
  /** The default first. */
  readonly regions: readonly string[]
  readonly free: boolean
  readonly bindable: boolean
  readonly synchronous: boolean
  readonly isolation: string
}

/** Every plan of the catalog, or of what one platform sees of it (`CatalogHolder.seenBy`). */
export function catalogRows(catalog: Catalog): readonly CatalogRow[] {
  return catalog.offerings.flatMap((offering) =>
    offering.plans.map((plan) => ({
      offering: offering.name,
      plan: plan.name,
      id: plan.id,
      provider: plan.provider,
      regions: [plan.defaultRegion, ...plan.regions.filter((region) => region !== plan.defaultRegion)],
      free: plan.free,
      bindable: plan.bindable,
      synchronous: plan.synchronous,
      isolation: plan.isolation
    }))
  )
}
