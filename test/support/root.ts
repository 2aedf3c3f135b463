import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder with package.json, from the sources and from `dist` alike. */
export const root = rootAbove(import.meta.dirname)

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder))
}
