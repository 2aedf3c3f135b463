import { fileURLToPath } from 'node:url'
import type { Catalog, Plan } from '../../src/domain/offer.ts'

/** A generous catalog of the family `example`, sold by two providers on the adapter `memory`. */
export const EXAMPLE_CATALOG = fileURLToPath(new URL('./catalog', import.meta.url))

/** `providers` of portolan.yaml for it. */
export const EXAMPLE_PROVIDERS = { alder: { adapter: 'memory' }, birch: { adapter: 'memory' } } as const

export function planNamed(catalog: Catalog, name: string): Plan {
  const plan = catalog.offerings.flatMap(({ plans }) => plans).find((each) => each.name === name)
  if (!plan) throw new Error(`no plan ${name} in this catalog`)
  return plan
}
