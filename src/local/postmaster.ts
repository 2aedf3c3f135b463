import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { processAt } from './processes.ts'

/** What a running PostgreSQL writes into `postmaster.pid` (PostgreSQL, src/include/utils/pidfile.h). */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** `starting`, `standby`, `ready`, `stopping`; empty while it is being written. */
  readonly status: string
}

export const PID_FILE = 'postmaster.pid'

export function pidFile(data: string): string {
  return join(data, PID_FILE)
}

function readPostmaster(data: string): Postmaster | undefined {
  const lines = pidFileLines(data)
  const pid = Number(lines?.[0])
  if (lines === undefined || !Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() }
}

/**
 * The PostgreSQL that serves this data folder now. A pid file whose process has ended, is a zombie, or is somebody else's by now tells
 * of nobody. Only who may enter the folder can work in it, so its working folder proves the process.
 */
export function livingPostmaster(data: string): Postmaster | undefined {
  const postmaster = readPostmaster(data)
  const sight = postmaster && processAt(postmaster.pid)
  if (sight === undefined || !sight.command.includes(data)) return undefined
  const isOurs = sight.workingFolder === undefined || sight.workingFolder === data
  return isOurs ? postmaster : undefined
}

function pidFileLines(data: string): string[] | undefined {
  try {
    return readFileSync(pidFile(data), 'utf8').split('\n')
  } catch {
    return undefined
  }
}
