import { join } from 'node:path'
import { isFolderName } from '../registry/code-folder.ts'
import { driverOf, type Registry } from '../registry/registry.ts'
import { driverFaults } from './check-driver.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { type PlanFault, planFaults } from './check-plan.ts'
import { checkService } from './check-service.ts'
import type { PlanEntry, PlansFile, ProviderFile, ServiceFile, Source, Sources } from './files.ts'
import { type Problem, sortProblems } from './problem.ts'
import { readFolders } from './read-folders.ts'

export interface CatalogOptions {
  /** Catalog folders, each with `services/` and `providers/`; together they are one catalog. */
  readonly folders: readonly string[]
  /** The configured providers: name → adapter. Plans of others are checked as far as that goes without their adapter. */
  readonly providers: Readonly<Record<string, string>>
  readonly registry: Registry
}

/** Every mistake in the catalog's files at once, by file and line; none: the catalog can be used. */
export async function checkCatalog(options: CatalogOptions): Promise<readonly Problem[]> {
  const { sources, problems } = await readFolders(options.folders)
  return sortProblems([...problems, ...checkSources(sources, options, problems)])
}

/** `unread`: problems of files that could not be read; what depends on such a file is not called missing as well. */
export function checkSources(
  sources: Sources,
  options: CatalogOptions,
  unread: readonly Problem[]
): readonly Problem[] {
  const context = { sources, options, unread: new Set(unread.map(({ file }) => file)) }
  return [
    ...checkDuplicates(sources),
    ...sources.services.flatMap((source) => checkService(source, options.registry)),
    ...sources.providers.flatMap(checkProvider),
    ...sources.plans.flatMap((source) => checkPlans(source, context)),
    ...missingProviders(context)
  ]
}

interface Context {
  readonly sources: Sources
  readonly options: CatalogOptions
  readonly unread: ReadonlySet<string>
}

function checkProvider(source: Source<ProviderFile>): readonly Problem[] {
  if (isFolderName(source.name)) return []
  return [{ file: source.file, line: 1, text: `folder ${source.name} must be named with a-z, 0-9 and "-"` }]
}

function checkPlans(source: Sources['plans'][number], context: Context): readonly Problem[] {
  const { file, content } = source
  const service = context.sources.services.find(({ name }) => name === source.name)
  const provider = context.sources.providers.find(({ name }) => name === source.provider)
  const whole: string[] = []
  if (!service && !isUnread(context, 'services', `${source.name}.yaml`)) {
    whole.push(`there is no services/${source.name}.yaml that these plans could be of`)
  }
  if (!provider && !isUnread(context, 'providers', source.provider, 'provider.yaml')) {
    whole.push(`there is no provider.yaml in ${source.provider}`)
  }
  return [
    ...whole.map((text) => ({ file, line: 1, text })),
    ...(service ? driverProblems(source, service, context) : []),
    ...content.plans.flatMap((plan, index) =>
      [...planFaults(plan), ...(provider ? regionFaults(plan, provider.content) : [])].map((fault) =>
        planProblem(source, index, fault)
      )
    )
  ]
}

function driverProblems(
  source: Sources['plans'][number],
  service: Source<ServiceFile>,
  { options: { registry, providers } }: Context
): readonly Problem[] {
  if (!Object.hasOwn(providers, source.provider)) return []
  const family = registry.family(service.content.family)
  if (!family) return []
  const driver = driverOf(registry.provider(source.provider), family.name)
  if (!driver) {
    if (source.content.optional) return []
    const text = `adapter ${providers[source.provider]} has no driver for ${family.name}`
    return [{ file: source.file, line: 1, text }]
  }
  return source.content.plans.flatMap((plan, index) =>
    driverFaults(plan, driver, family).map((fault) => planProblem(source, index, fault))
  )
}

function regionFaults(plan: PlanEntry, provider: ProviderFile): readonly PlanFault[] {
  const known = provider.regions.map(({ name }) => name)
  const faults: PlanFault[] = plan.regions.flatMap((region, index) =>
    known.includes(region)
      ? []
      : [{ path: ['regions', index], text: `region ${region} is not in provider.yaml: ${known.join(', ')}` }]
  )
  if (plan.defaultRegion !== undefined && !plan.regions.includes(plan.defaultRegion)) {
    faults.push({ path: ['defaultRegion'], text: 'defaultRegion must be one of regions' })
  }
  return faults
}

function missingProviders({ sources, options, ...context }: Context): readonly Problem[] {
  const described = new Set([
    ...sources.providers.map(({ name }) => name),
    ...sources.plans.map(({ provider }) => provider)
  ])
  return Object.keys(options.providers)
    .filter(
      (name) =>
        !described.has(name) &&
        !isUnread({ sources, options, ...context }, 'providers', name, 'provider.yaml')
    )
    .map((name) => ({
      file: join(options.folders[0] ?? '', 'providers', name, 'provider.yaml'),
      line: 1,
      text: `provider ${name} is configured, but no catalog folder describes it`
    }))
}

function isUnread({ options, unread }: Context, ...path: readonly string[]): boolean {
  return options.folders.some((folder) => unread.has(join(folder, ...path)))
}

function planProblem({ file, content, lineOf }: Source<PlansFile>, index: number, fault: PlanFault): Problem {
  const name = content.plans[index]?.name
  return { file, line: lineOf(['plans', index, ...fault.path]), text: `plan ${name}: ${fault.text}` }
}
