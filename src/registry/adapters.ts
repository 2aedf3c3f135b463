import type { Adapter, AdapterModule } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { codeFolders, importExport, isFolderName } from './code-folder.ts'
import { type Reach, reachOf } from './reach.ts'
import { compileSchema } from './schema-check.ts'
import { fieldName } from './schema-findings.ts'

/** One mistake in the settings: the field by its path, never its value. */
export interface SettingsProblem {
  readonly field: string
  readonly text: string
}

/** One adapter, opened with its settings. */
export interface OpenAdapter {
  /** The adapter's folder. */
  readonly name: string
  readonly adapter: Adapter
  readonly reach: Reach
}

/** An adapter that opened, or what is wrong with its settings. */
type Opened = { readonly open: OpenAdapter } | { readonly problems: readonly SettingsProblem[] }

/**
 * `providers` of portolan.yaml: every provider opened with its own settings, or every mistake at once. Who runs several kinds of
 * servers has a list of adapters; no two of them may make the same service.
 */
export async function openAdapters(
  providers: JsonObject,
  home: URL
): Promise<{
  readonly opened: ReadonlyMap<string, readonly OpenAdapter[]>
  readonly problems: readonly SettingsProblem[]
}> {
  const folders = await codeFolders(home)
  const opened = new Map<string, readonly OpenAdapter[]>()
  const problems: SettingsProblem[] = []
  for (const [name, written] of Object.entries(providers)) {
    const adapters: OpenAdapter[] = []
    for (const [field, settings] of entriesOf(name, written)) {
      const result = isFolderName(name) ? await openOne(field, settings, folders, home) : badName(field)
      if ('open' in result) problems.push(...clashes(field, result.open, adapters))
      if ('open' in result) adapters.push(result.open)
      else problems.push(...result.problems)
    }
    if (adapters.length > 0) opened.set(name, adapters)
  }
  return { opened, problems }
}

/** What is written of one provider, each with the field where it stands. */
function entriesOf(name: string, written: Json): readonly (readonly [string, Json])[] {
  if (!Array.isArray(written)) return [[fieldName('providers', [name]), written]]
  return written.map((each, index) => [fieldName('providers', [name, String(index)]), each])
}

function badName(field: string): Opened {
  return wrong(field, 'must be named with a-z, 0-9 and "-", at most 63 characters')
}

function clashes(
  field: string,
  { name, adapter }: OpenAdapter,
  before: readonly OpenAdapter[]
): readonly SettingsProblem[] {
  return Object.keys(adapter.drivers).flatMap((family) => {
    const other = before.find((each) => Object.hasOwn(each.adapter.drivers, family))
    if (!other) return []
    return [{ field: `${field}.adapter`, text: `${name} makes ${family} here, and so does ${other.name}` }]
  })
}

async function openOne(
  field: string,
  settings: Json,
  folders: readonly string[],
  home: URL
): Promise<Opened> {
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
    return { open: { name: module.name, adapter: module.open(settings), reach: reachOf(settings) } }
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
