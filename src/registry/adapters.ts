import type { Adapter, AdapterModule } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { codeFolders, importExport, isFolderName } from './code-folder.ts'
import { importOutside, outsideFolder } from './outside.ts'
import { type Reach, reachOf } from './reach.ts'
import { compileSchema } from './schema-check.ts'
import { fieldName } from './schema-findings.ts'

/** One mistake in the settings: the field by its path, never its value. */
export interface SettingsProblem {
  readonly field: string
  /** The names on the way to it; absent where it is no setting. */
  readonly path?: SettingPath
  readonly text: string
}

type SettingPath = readonly string[]

/** One adapter, opened with its settings. */
export interface OpenAdapter {
  /** The adapter's own name. */
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
  home: URL,
  settingsFolder?: string
): Promise<{
  readonly opened: ReadonlyMap<string, readonly OpenAdapter[]>
  readonly problems: readonly SettingsProblem[]
}> {
  const places: Places = { home, ours: await codeFolders(home), settingsFolder }
  const opened = new Map<string, readonly OpenAdapter[]>()
  const problems: SettingsProblem[] = []
  for (const [name, written] of Object.entries(providers)) {
    if (!isFolderName(name)) problems.push(problemAt(['providers', name], BAD_NAME))
    const adapters: OpenAdapter[] = []
    for (const [path, settings] of entriesOf(name, written)) {
      const result = await openOne(path, settings, places)
      if ('open' in result) problems.push(...clashes(path, result.open, adapters))
      if ('open' in result) adapters.push(result.open)
      else problems.push(...result.problems)
    }
    if (adapters.length > 0) opened.set(name, adapters)
  }
  return { opened, problems }
}

const BAD_NAME = 'must be named with a-z, 0-9 and "-", at most 63 characters'

/** What is written of one provider, each with the place where it stands. */
function entriesOf(name: string, written: Json): readonly (readonly [SettingPath, Json])[] {
  if (!Array.isArray(written)) return [[['providers', name], written]]
  return written.map((each, index) => [['providers', name, String(index)], each])
}

function clashes(
  path: SettingPath,
  { name, adapter }: OpenAdapter,
  before: readonly OpenAdapter[]
): readonly SettingsProblem[] {
  return Object.keys(adapter.drivers).flatMap((family) => {
    const other = before.find((each) => Object.hasOwn(each.adapter.drivers, family))
    if (!other) return []
    return [problemAt([...path, 'adapter'], `${name} makes ${family} here, and so does ${other.name}`)]
  })
}

/** One of ours, or one from outside, by what stands in the settings; or what is wrong with it. Nothing is opened. */
export async function findAdapter(
  written: string,
  home: URL,
  settingsFolder: string
): Promise<AdapterModule | string> {
  return findModule(written, { home, ours: await codeFolders(home), settingsFolder })
}

/** Where adapters are. */
interface Places {
  readonly home: URL
  /** The names of those in `home`. */
  readonly ours: readonly string[]
  readonly settingsFolder: string | undefined
}

async function openOne(path: SettingPath, settings: Json, places: Places): Promise<Opened> {
  if (!isObject(settings)) return wrong(path, 'must be an object')
  const { adapter, ...own } = settings
  if (adapter === undefined) return wrong([...path, 'adapter'], 'is missing')
  const module = await findModule(adapter, places)
  if (typeof module === 'string') return wrong([...path, 'adapter'], module)
  return openModule(module, path, own)
}

/** Ours first: whatever is installed, their names mean ours. */
async function findModule(written: Json, places: Places): Promise<AdapterModule | string> {
  const { home, ours, settingsFolder } = places
  if (typeof written === 'string' && ours.includes(written)) {
    return loadModule(
      `adapters/${written}`,
      () => importExport(home, written, 'adapter'),
      (name) => (name === written ? undefined : 'calls itself by another name')
    )
  }
  const known = `must be the name of an adapter: ${ours.join(', ')}`
  if (typeof written !== 'string' || settingsFolder === undefined) return known
  const folder = outsideFolder(written, settingsFolder)
  if (folder === undefined) {
    return `${known}; or of a package installed in ${settingsFolder}, or a path from there that begins with ./`
  }
  return loadModule(
    written,
    () => importOutside(folder),
    (name) => {
      if (typeof name !== 'string' || !isFolderName(name)) return 'must have a `name` of a-z, 0-9 and "-"'
      return ours.includes(name) ? `calls itself ${name}, which is an adapter of this program` : undefined
    }
  )
}

function openModule(module: AdapterModule, path: SettingPath, settings: JsonObject): Opened {
  const problems = settingsProblems(module, path, settings)
  if (problems.length > 0) return { problems }
  try {
    return { open: { name: module.name, adapter: module.open(settings), reach: reachOf(settings) } }
  } catch (error) {
    // Only a ProviderFailure promises to hold no secret.
    const detail = error instanceof ProviderFailure ? `: ${error.message}` : ''
    return wrong(path, `the adapter does not open with these settings${detail}`)
  }
}

function settingsProblems(
  module: AdapterModule,
  at: SettingPath,
  settings: JsonObject
): readonly SettingsProblem[] {
  try {
    const findings = compileSchema(module.settingsSchema, { namesUnknown: true })(settings)
    return findings.map(({ path, text }) => problemAt([...at, ...path], text))
  } catch {
    return [problemAt([...at, 'adapter'], "the adapter's settingsSchema is not JSON Schema draft-04")]
  }
}

/** The module, or what is wrong with it. */
async function loadModule(
  place: string,
  load: () => Promise<unknown>,
  nameFault: (name: unknown) => string | undefined
): Promise<AdapterModule | string> {
  try {
    const found = await load()
    const fault = faultOf(found, nameFault)
    return fault === undefined ? (found as AdapterModule) : `${place} ${fault}`
  } catch (error) {
    return `${place} cannot be loaded: ${error instanceof Error ? error.message : 'it threw'}`
  }
}

const CONTRACT: AdapterModule['contract'] = 1

function faultOf(found: unknown, nameFault: (name: unknown) => string | undefined): string | undefined {
  if (typeof found !== 'object' || found === null) return 'exports no `adapter`'
  const { contract, name, open, settingsSchema }: Readonly<Record<string, unknown>> = { ...found }
  if (contract !== CONTRACT) {
    const version = typeof contract === 'number' ? `version ${contract}` : 'no version'
    return `is written for ${version} of the contract; this program knows version ${CONTRACT}`
  }
  if (typeof open !== 'function') return 'has no `open`'
  if (settingsSchema === undefined) return 'has no `settingsSchema`'
  return nameFault(name)
}

function wrong(path: SettingPath, text: string): Opened {
  return { problems: [problemAt(path, text)] }
}

function problemAt(path: SettingPath, text: string): SettingsProblem {
  return { field: fieldName('', path), path, text }
}
