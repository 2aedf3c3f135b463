import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Binaries, binariesAt, symbolicLinks } from './binaries.ts'

/**
 * A copy of ours with all symbolic links in `folder`, for a user who cannot reach the package or a package installed without its
 * script. Made once per version; a copy that was cut off is made again.
 */
export function copyBinaries(from: Binaries, folder: string): Binaries {
  const root = join(folder, `postgresql-${from.version}`)
  if (existsSync(root)) return binariesAt(root, from.version)
  const half = `${root}.new`
  rmSync(half, { recursive: true, force: true })
  cpSync(from.root, half, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  for (const { source, target } of symbolicLinks(from)) linkOnce(half, source, target)
  chmodSync(half, 0o755)
  renameSync(half, root)
  return binariesAt(root, from.version)
}

function linkOnce(root: string, source: string, target: string): void {
  const path = join(root, target)
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(relative(dirname(path), join(root, source)), path)
}
