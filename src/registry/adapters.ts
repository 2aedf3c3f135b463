import type { Adapter, AdapterModule } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { codeFolders, importExport, isFolderName } from './code-folder.ts'
import { compileSchema } from './schema-check.ts'
import { fieldName } from './schema-findings.ts'

/** One mistake in the settings: the field by its path, never its value. */
export interface SettingsProblem {
  readonly field: string
  readonly text: string
}

export interface OpenProvider {
  /** The adapter's folder. */
  readonly adapterName: string
  readonly adapter: Adapter
}

/** A provider that opened, or what is wrong with its settings. */
type Opened = { readonly provider: OpenProvider } | { readonly problems: readonly SettingsProblem[] }

/** `providers` of portolan.yaml: every provider opened with its own settings, or every mistake at once. */
export async function openAdapters(
  providers: JsonObject,
  home: URL
): Promise<{
  readonly opened: ReadonlyMap<string, OpenProvider>
  readonly problems: readonly SettingsProblem[]
}> {
  const folders = await codeFolders(home)
  const opened = new Map<string, OpenProvider>()
  const problems: SettingsProblem[] = []
  for (const [name, settings] of Object.entries(providers)) {
    const result = await openOne(name, settings, folders, home)
    if ('provider' in result) opened.set(name, result.provider)
    else problems.push(...result.problems)
  }
  return { opened, problems }
}

async function openOne(name: string, settings: Json, folders: readonly string[], home: URL): Promise<Opened> {
  const field = fieldName('providers', [name])
  if (!isFolderName(name)) return wrong(field, 'must be named with a-z, 0-9 and "-", at most 63 characters')
  if (!isObject(settings)) return wrong(field, 'must be an object')
  const { adapter, ...own } = settings
  if (adapter === undefined) return wrong(`${field}.adapter`, 'is missing')
  if (typeof adapter !== 'string' || !folders.includes(adapter)) {
    return wrong(`${field}.adapter`, `must be the name of an adapter: ${folders.join(', ')}`)
  }
  const module = await loadModule(home, adapter)
  if (typeof module === 'string') return wrong(`${field}.adapter`, module)
  return openModule(module, field, own)
}

function openModule(module: AdapterModule, field: string, settings: JsonObject): Opened {
  const problems = settingsProblems(module, field, settings)
  if (problems.length > 0) return { problems }
  try {
    return { provider: { adapterName: module.name, adapter: module.open(settings) } }
  } catch (error) {
    // Only a ProviderFailure promises to hold no secret.
    const detail = error instanceof ProviderFailure ? `: ${error.message}` : ''
    return wrong(field, `the adapter does not open with these settings${detail}`)
  }
}

function settingsProblems(
  module: AdapterModule,
  field: string,
  settings: JsonObject
): readonly SettingsProblem[] {
  try {
    const findings = compileSchema(module.settingsSchema, { namesUnknown: true })(settings)
    return findings.map(({ path, text }) => ({ field: fieldName(field, path), text }))
  } catch {
    return [{ field: `${field}.adapter`, text: "the adapter's settingsSchema is not JSON Schema draft-04" }]
  }
}

/** The module, or what is wrong with it. */
async function loadModule(home: URL, name: string): Promise<AdapterModule | string> {
  try {
    const found = await importExport(home, name, 'adapter')
    return faultOf(found, name) ?? (found as AdapterModule)
  } catch (error) {
    return `adapters/${name} cannot be loaded: ${error instanceof Error ? error.message : 'it threw'}`
  }
}

function faultOf(found: unknown, name: string): string | undefined {
  if (typeof found !== 'object' || found === null) return `adapters/${name} exports no \`adapter\``
  if (!('contract' in found) || found.contract !== 1) {
    return `adapters/${name} is written for another version of the contract; this program knows version 1`
  }
  if (!('name' in found) || found.name !== name) return `adapters/${name} calls itself by another name`
  if (!('open' in found) || typeof found.open !== 'function') return `adapters/${name} has no \`open\``
  if (!('settingsSchema' in found)) return `adapters/${name} has no \`settingsSchema\``
  return undefined
}

function wrong(field: string, text: string): Opened {
  return { problems: [{ field, text }] }
}
