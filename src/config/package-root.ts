import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of our package.json, from `src` and from `dist` alike. */
export function packageRoot(from: string = import.meta.dirname): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('no package.json above the program')
  return packageRoot(parent)
}
