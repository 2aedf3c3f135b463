import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What was seen of a broker's children and of the files it worked with. */
export interface Witness {
  /** Command line and environment of every process below the broker, each text once, with the name of its program. */
  readonly told: ReadonlySet<string>
  /** Programs that were seen. */
  readonly programs: ReadonlySet<string>
  /** Every content that a file of the work folder had, by its name. */
  readonly files: ReadonlyMap<string, ReadonlySet<string>>
  /** Files and folders that others may read. */
  readonly open: ReadonlySet<string>
  stop(): Promise<void>
}

const EVERY_MS = 3

export function startWitness(pid: () => number, folder: string): Witness {
  const told = new Set<string>()
  const programs = new Set<string>()
  const files = new Map<string, Set<string>>()
  const open = new Set<string>()
  const over = new AbortController()
  const below = family()

  function lookAtProcesses(): void {
    for (const child of below(pid())) {
      const command = read(`/proc/${child}/cmdline`)
      const name = command.split('\0')[0] ?? ''
      programs.add(name)
      told.add(command)
      told.add(read(`/proc/${child}/environ`))
    }
  }

  function lookAtFiles(): void {
    for (const path of walk(folder)) {
      const mode = modeOf(path)
      if (mode !== undefined && (mode & 0o077) !== 0) open.add(`${path} ${mode.toString(8)}`)
      const text = read(path)
      if (text === '') continue
      const name = path.slice(path.lastIndexOf('/') + 1)
      files.set(name, (files.get(name) ?? new Set()).add(text))
    }
  }

  const running = (async () => {
    while (!over.signal.aborted) {
      lookAtProcesses()
      lookAtFiles()
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })()
  running.catch(() => undefined)
  return {
    told,
    programs,
    files,
    open,
    async stop() {
      over.abort()
      await running
    }
  }
}

/** All that stands below a folder, itself too. */
export function walk(folder: string): readonly string[] {
  try {
    return [
      folder,
      ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
    ]
  } catch {
    return []
  }
}

/** Finds descendants again and again; a process is asked for its parent once. */
function family(): (pid: number) => readonly number[] {
  const parents = new Map<number, number>()
  return (pid) => {
    const living = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
    for (const each of living) {
      if (!parents.has(each))
        parents.set(each, Number(/\) \S (\d+)/.exec(read(`/proc/${each}/stat`))?.[1] ?? 0))
    }
    const isBelow = (each: number): boolean => {
      const parent = parents.get(each) ?? 0
      return parent === pid || (parent > 1 && parent !== each && isBelow(parent))
    }
    return living.filter(isBelow)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Gone meanwhile, or a folder.
    return ''
  }
}

function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode
}
