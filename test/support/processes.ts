import { readdirSync, readFileSync } from 'node:fs'
import { signal } from '../../src/local/processes.ts'
import { PATIENCE } from './patience.ts'

export interface Seen {
  readonly pid: number
  readonly command: string
}

/** Living processes that have `text` in their command line or environment; zombies have neither. Linux only. */
export function processesNaming(text: string): readonly Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ pid: Number(pid), command: read(pid, 'cmdline'), environment: read(pid, 'environ') }))
    .filter(({ command, environment }) => command.includes(text) || environment.includes(text))
    .map(({ pid, command }) => ({ pid, command: command.replaceAll('\0', ' ').trim() }))
}

const ENDED_WITHIN_MS = 5000 * PATIENCE

/** Nothing that names `folder` runs any more. A killed PostgreSQL would leave its shared memory to the machine: it is told to stop at once. */
export async function endAllNaming(folder: string): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS
  for (let left = processesNaming(folder); left.length > 0; left = processesNaming(folder)) {
    const isLate = Date.now() > deadline
    for (const { pid, command } of left) {
      signal(pid, /\bpostgres\b/.test(command) && !isLate ? 'SIGQUIT' : 'SIGKILL')
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // Ended meanwhile, or another user's.
    return ''
  }
}
