import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { outsideFolder } from '../../src/registry/outside.ts'

/** A path, as the shell writes it too, or a package that is installed there. */
export function folderOf(written: string, from: string): string {
  const path = resolve(from, written)
  const folder = isFolder(path) ? path : outsideFolder(written, from)
  if (folder === undefined)
    throw new Error(`there is no adapter ${written}: neither one of ours nor a folder`)
  if (!existsSync(join(folder, 'conformance.ts'))) throw new Error(`${folder} has no conformance.ts`)
  return folder
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
