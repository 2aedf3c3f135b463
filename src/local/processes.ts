import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'

/** What the system tells about a process. `startedAt` tells two holders of one pid apart; its form is the system's. */
export interface ProcessSight {
  readonly startedAt: string
  readonly command: string
  /** Only on Linux. */
  readonly workingFolder?: string
  /** Only on Linux. */
  readonly program?: string
}

const onLinux = process.platform === 'linux'

/** A process that runs. A zombie has ended and only waits for its parent: it counts as absent. */
export function processAt(pid: number): ProcessSight | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return onLinux ? processInProc(pid) : processInPs(pid)
}

/** Whether it is that program, which may be named by a link. Elsewhere than on Linux everything may be. */
export function isRunOf({ program }: ProcessSight, wanted: string): boolean {
  return program === undefined || program === wanted || program === realPath(wanted)
}

/** All processes that work in `folder`. Elsewhere than on Linux: those that name it on their command line. */
export function processesIn(folder: string): number[] {
  if (!onLinux) return processesNaming(folder)
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => link(pid, 'cwd') === folder && processAt(pid) !== undefined)
}

/** Sends a signal; a process that has gone meanwhile is what was wanted. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function processInProc(pid: number): ProcessSight | undefined {
  const stat = procText(pid, 'stat')
  if (stat === undefined) return undefined
  // proc(5): the name in parentheses may hold anything, so fields are counted from the last one; state is field 3, starttime 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  const workingFolder = link(pid, 'cwd')
  const program = link(pid, 'exe')
  return {
    startedAt: fields[19] ?? '',
    command: (procText(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim(),
    ...(workingFolder === undefined ? {} : { workingFolder }),
    ...(program === undefined ? {} : { program })
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function procText(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return undefined
  }
}

function link(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return undefined
  }
}

function processInPs(pid: number): ProcessSight | undefined {
  const line = ps('-p', String(pid), '-o', 'state=,lstart=,command=').trim()
  const match = /^(\S+)\s+(\S+ +\S+ +\S+ +\S+ +\d{4})\s+(.*)$/s.exec(line)
  if (match === null || match[1]?.startsWith('Z')) return undefined
  return { startedAt: match[2] ?? '', command: match[3] ?? '' }
}

function processesNaming(folder: string): number[] {
  const lines = ps('-axo', 'pid=,command=').split('\n')
  return lines.filter((line) => line.includes(folder)).map((line) => Number.parseInt(line, 10))
}

function ps(...words: string[]): string {
  return spawnSync('/bin/ps', words, { encoding: 'utf8', env: { LC_ALL: 'C' } }).stdout ?? ''
}
