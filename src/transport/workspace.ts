import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ProviderFailure } from '../contract/errors.ts'
import type { MoveCall, Workspace } from '../contract/ports.ts'
import { lifeOf, ownerIn, ownerName, thisOwner } from './owner.ts'
import { runProgram } from './run-program.ts'

/** How often a folder in use is touched, and after how long without it nobody uses it. Only asked of one whose process we cannot see. */
const TOUCH_MS = 60_000
const ABANDONED_MS = 15 * TOUCH_MS

export interface WorkspaceOptions {
  /** Ends every program under way. */
  readonly signal: AbortSignal
  /** Where the private folders are made. */
  readonly workFolder: string
}

/** The `workspace` port of a `MoveCall`. */
export function workspacePort({ signal, workFolder }: WorkspaceOptions): MoveCall['workspace'] {
  return async (use) => {
    if (signal.aborted) throw ended()
    await sweepWorkspaces(workFolder)
    const folder = await makeFolder(workFolder)
    const over = new AbortController()
    const running = new Set<Promise<unknown>>()
    const touching = setInterval(() => void touch(folder), TOUCH_MS)
    touching.unref()
    try {
      return await use(workspaceAt(folder, AbortSignal.any([signal, over.signal]), running))
    } finally {
      over.abort()
      await Promise.allSettled(running)
      clearInterval(touching)
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Removes what processes that were killed left behind. */
export async function sweepWorkspaces(workFolder: string): Promise<void> {
  const names = await readdir(workFolder).catch(() => [])
  for (const name of names) {
    const path = join(workFolder, name)
    if (await isAbandoned(path, name)) await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  const owner = ownerIn(name)
  if (owner === undefined) return false
  const life = lifeOf(owner)
  if (life !== 'unknown') return life === 'ended'
  const seen = await stat(path).catch(() => undefined)
  return seen !== undefined && Date.now() - seen.mtimeMs > ABANDONED_MS
}

async function makeFolder(workFolder: string): Promise<string> {
  await mkdir(workFolder, { recursive: true, mode: 0o700 })
  const folder = join(workFolder, `${ownerName(thisOwner())}-${randomBytes(6).toString('hex')}`)
  await mkdir(folder, { mode: 0o700 })
  await chmod(folder, 0o700)
  return folder
}

async function touch(folder: string): Promise<void> {
  const now = new Date()
  await utimes(folder, now, now).catch(() => undefined)
}

function workspaceAt(folder: string, signal: AbortSignal, running: Set<Promise<unknown>>): Workspace {
  return {
    folder,
    async write(name, text) {
      const path = pathIn(folder, name)
      // Whoever made it, it is ours and new.
      await rm(path, { force: true })
      await writeFile(path, text, { mode: 0o600, flag: 'wx' })
      return path
    },
    remove: (name) => rm(pathIn(folder, name), { recursive: true, force: true }),
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
    async run(program, args, environment = {}) {
      const run = runProgram({ program, args, environment, folder, signal })
      running.add(run)
      try {
        return await run
      } finally {
        running.delete(run)
      }
    }
  }
}

function pathIn(folder: string, name: string): string {
  if (!/^[\w-][\w.-]*$/.test(name)) throw new TypeError('not the name of a file')
  return join(folder, name)
}

function ended(): ProviderFailure {
  return new ProviderFailure('unavailable', 'The step was ended before its work began.')
}
