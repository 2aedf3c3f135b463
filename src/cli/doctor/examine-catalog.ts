import { checkCatalog } from '../../catalog/check.ts'
import { diagnoseProblem } from '../../catalog/diagnose-problem.ts'
import { loadCatalog } from '../../catalog/load.ts'
import { catalogRows } from '../../catalog/rows.ts'
import type { Config } from '../../config/config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { OpenRegistry } from '../../registry/registry.ts'

/** Every mistake in the catalog files, or how much there is to order. */
export async function examineCatalog(config: Config, registry: OpenRegistry): Promise<readonly Diagnosis[]> {
  const options = { folders: config.catalogFolders, providers: registry.adapters, registry }
  const problems = await checkCatalog(options)
  if (problems.length > 0) return problems.map(diagnoseProblem)
  const plans = catalogRows(await loadCatalog(options, new Date())).length
  const base = { about: 'catalog', subject: config.catalogFolders.join(', ') } as const
  if (plans > 0) return [{ ...base, level: 'ok', text: `${plans} plans` }]
  const remedy = 'set `providers`, or `local: true`, in portolan.yaml'
  return [{ ...base, level: 'warning', text: 'there is nothing to order', remedy }]
}
