import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readdir, realpath, stat } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { MoveCall, Tool } from '../contract/ports.ts'
import { searchPath } from './search-path.ts'

/** Folders of which each holds one version: Debian, Red Hat, Homebrew on its two kinds of machines. */
const VERSIONED: readonly (readonly [parent: string, name: RegExp])[] = [
  ['/usr/lib/postgresql', /^[\d.]+$/],
  ['/usr', /^pgsql-[\d.]+$/],
  ['/opt/homebrew/opt', /^postgresql@\d+$|^libpq$/],
  ['/usr/local/opt', /^postgresql@\d+$|^libpq$/]
]

const ANSWER_MS = 10_000

export interface ToolsOptions {
  /** Looked into before all others. */
  readonly folders?: readonly string[]
}

/** The `tools` port of a `MoveCall`. */
export function toolsPort({ folders = [] }: ToolsOptions = {}): MoveCall['tools'] {
  return async (name) => {
    if (!/^[\w.-]+$/.test(name)) throw new TypeError('not the name of a program')
    const programs = await programsNamed(name, [...folders, ...(await versionedFolders()), ...onPath()])
    const tools = await Promise.all(programs.map(toolAt))
    return tools.filter((tool) => tool !== undefined).toSorted(newerFirst)
  }
}

async function versionedFolders(): Promise<readonly string[]> {
  const found = await Promise.all(
    VERSIONED.map(async ([parent, pattern]) => {
      const names = await readdir(parent).catch(() => [])
      return names.filter((name) => pattern.test(name)).map((name) => join(parent, name, 'bin'))
    })
  )
  return found.flat()
}

function onPath(): readonly string[] {
  return searchPath()
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
}

/** Each once, however many ways lead to it, under its real path. */
async function programsNamed(name: string, folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(folders.map((folder) => programAt(join(folder, name))))
  return [...new Set(found.filter((program) => program !== undefined))]
}

async function programAt(path: string): Promise<string | undefined> {
  try {
    const program = await realpath(path)
    await access(program, constants.X_OK)
    // A link to something of another name: a wrapper that chooses a version by itself, as Debian's.
    return basename(program) === basename(path) ? program : undefined
  } catch {
    return undefined
  }
}

/** By path and time of change, so that an upgraded program is asked again. */
const told = new Map<string, Promise<string>>()

async function toolAt(program: string): Promise<Tool | undefined> {
  try {
    const { mtimeMs } = await stat(program)
    const key = `${program} ${mtimeMs}`
    const version = told.get(key) ?? versionOf(program)
    told.set(key, version)
    // One that could not answer may do so next time.
    version.catch(() => told.delete(key))
    return { program, version: await version }
  } catch {
    return undefined
  }
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--version'], {
    env: { PATH: searchPath(), LC_ALL: 'C' },
    timeout: ANSWER_MS,
    killSignal: 'SIGKILL'
  })
  const version = /(?:^|\s)v?(\d+(?:\.\d+)*)/.exec(stdout.split('\n')[0] ?? '')?.[1]
  if (version === undefined) throw new Error(`${program} tells no version`)
  return version
}

function newerFirst(one: Tool, other: Tool): number {
  const [a, b] = [numbersOf(one), numbersOf(other)]
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (b[at] ?? 0) - (a[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function numbersOf({ version }: Tool): readonly number[] {
  return version.split('.').map(Number)
}
