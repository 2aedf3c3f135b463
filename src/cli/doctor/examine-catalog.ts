import { diagnoseProblem } from '../../catalog/diagnose-problem.ts'
import { loadCatalog } from '../../catalog/load.ts'
import { CatalogError } from '../../catalog/problem.ts'
import { catalogRows } from '../../catalog/rows.ts'
import type { Config } from '../../config/config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { Catalog } from '../../domain/offer.ts'
import type { OpenRegistry } from '../../registry/registry.ts'

/** The catalog, or why its files cannot be used. */
export async function readCatalog(config: Config, registry: OpenRegistry): Promise<Catalog | CatalogError> {
  const options = { folders: config.catalogFolders, providers: registry.adapters, registry }
  try {
    return await loadCatalog(options, new Date())
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
}

/** Every mistake in the catalog files, or how much there is to order. */
export function examineCatalog(config: Config, read: Catalog | CatalogError): readonly Diagnosis[] {
  if (read instanceof CatalogError) return read.problems.map(diagnoseProblem)
  const plans = catalogRows(read).length
  const base = { about: 'catalog', subject: config.catalogFolders.join(', ') } as const
  if (plans > 0) return [{ ...base, level: 'ok', text: plans === 1 ? '1 plan' : `${plans} plans` }]
  const remedy = 'set `providers`, or `local: true`, in portolan.yaml'
  return [{ ...base, level: 'warning', text: 'there is nothing to order', remedy }]
}
