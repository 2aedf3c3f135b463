import { readdir } from 'node:fs/promises'
import { extname } from 'node:path'

/** `.ts` when run from source, `.js` when compiled: the compiler rewrites imports but not URLs. */
const EXTENSION = extname(new URL(import.meta.url).pathname)

/** What a folder of code may be called. Nothing else ever becomes part of a path that is imported. */
const FOLDER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

export function isFolderName(name: string): boolean {
  return FOLDER_NAME.test(name)
}

/** Names of the folders in `home` that hold an `index` to import; none when `home` is missing. */
export async function codeFolders(home: URL): Promise<readonly string[]> {
  const entries = await readdir(home, { withFileTypes: true }).catch(() => [])
  const names = entries
    .filter((entry) => entry.isDirectory() && isFolderName(entry.name))
    .map((entry) => entry.name)
  const complete = await Promise.all(names.map(async (name) => hasIndex(new URL(`${name}/`, home))))
  return names.filter((_, index) => complete[index]).toSorted()
}

/** Imports `home/<name>/index` and gives its export of that name; `undefined` when it has none. Throws what the module throws. */
export async function importExport(home: URL, name: string, exported: string): Promise<unknown> {
  if (!isFolderName(name)) throw new TypeError('not the name of a folder')
  const module: Readonly<Record<string, unknown>> = await import(
    new URL(`${name}/index${EXTENSION}`, home).href
  )
  return module[exported]
}

async function hasIndex(folder: URL): Promise<boolean> {
  return (await readdir(folder)).includes(`index${EXTENSION}`)
}
