import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Json } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'

/** A path as a person writes it: from here, from above, from the root. */
const PATH = /^\.{0,2}\//
const PACKAGE = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
const ENTRIES = ['index.js', 'index.mjs', 'index.ts']

/**
 * The folder of an adapter that is not ours: a path, or a package that the operator installed in `settingsFolder` or above.
 * Only looks; `undefined` when there is none.
 */
export function outsideFolder(written: string, settingsFolder: string): string | undefined {
  if (PATH.test(written)) {
    const folder = resolve(settingsFolder, written)
    return existsSync(folder) ? folder : undefined
  }
  return PACKAGE.test(written) ? installedFolder(written, settingsFolder) : undefined
}

/** What its entry exports as `adapter`. It runs with all rights of this program. Throws what it throws. */
export async function importOutside(folder: string): Promise<unknown> {
  const entry = entryOf(folder)
  if (entry === undefined) throw new Error(`it has none of package.json with main, ${ENTRIES.join(', ')}`)
  const url = pathToFileURL(join(folder, entry)).href
  const module: Readonly<Record<string, unknown>> = await (entry.endsWith('.ts')
    ? importTypeScript(url)
    : import(url))
  return module['adapter']
}

/** Every version of Node that we support runs TypeScript by tsx, which an installation from a clone has. */
async function importTypeScript(url: string): Promise<Readonly<Record<string, unknown>>> {
  const tsx = await import('tsx/esm/api').catch(() => undefined)
  if (!tsx) throw new Error('it is TypeScript, and tsx is not installed here: compile it to JavaScript')
  return tsx.tsImport(url, import.meta.url)
}

function installedFolder(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name)
  if (existsSync(join(folder, 'package.json'))) return folder
  return dirname(from) === from ? undefined : installedFolder(name, dirname(from))
}

/** As Node would choose for `import`, of what packages with one entry say. */
function entryOf(folder: string): string | undefined {
  const told = packageOf(folder)
  const exported = isObject(told['exports']) ? (told['exports']['.'] ?? told['exports']) : told['exports']
  const chosen = textOf(exported) ?? textOf(told['main'])
  return chosen ?? ENTRIES.find((name) => existsSync(join(folder, name)))
}

function textOf(target: Json | undefined): string | undefined {
  if (typeof target === 'string') return target
  if (!isObject(target)) return undefined
  return textOf(target['import']) ?? textOf(target['node']) ?? textOf(target['default'])
}

function packageOf(folder: string) {
  const file = join(folder, 'package.json')
  const told: Json = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return isObject(told) ? told : {}
}
