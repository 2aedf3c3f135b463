import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { explainError, explainOutput } from './explain.ts'
import { BEGUN } from './living-by-log.ts'
import { LocalServerError } from './local-server-error.ts'
import { giveToOwnerOf } from './private-file.ts'
import { isRunOf, processAt } from './processes.ts'
import { childOptions, type Server, sceneOf } from './server.ts'
import type { Living } from './software.ts'
import { stopServer } from './stop-server.ts'
import { waitFor } from './wait.ts'

export interface RunningServer {
  readonly pid: number
  /** True when it was running already. */
  readonly isAdopted: boolean
  /** Ends it within 5 seconds. Calling it again waits for the same end. */
  stop(): Promise<void>
}

/** Recovery after a crash replays what was written since the last checkpoint. */
const READY_WITHIN_MS = 120_000
const LOOK_EVERY_MS = 5

/**
 * Finds the server running and adopts it, or starts it. One that runs from other binaries or on another port is stopped first.
 * Throws `LocalServerError`.
 */
export async function startServer(server: Server): Promise<RunningServer> {
  try {
    const living = server.software.living(server)
    if (living !== undefined && isAsWanted(living, server)) {
      const adopted = await adopt(living, server)
      if (adopted !== undefined) return adopted
    }
    await stopServer(server.data, server.software.ending)
    return await launch(server)
  } catch (error) {
    throw explainError(error, sceneOf(server))
  }
}

function isAsWanted(living: Living, server: Server): boolean {
  const sight = processAt(living.pid)
  const isOurProgram = sight === undefined || isRunOf(sight, server.software.program)
  return (
    isOurProgram && living.port === server.port && (living.status === 'ready' || living.status === 'starting')
  )
}

async function adopt(living: Living, server: Server): Promise<RunningServer | undefined> {
  const state = await waitFor(() => settledState(living.pid, server), readyTime())
  return state === 'ready' ? running(living.pid, server, true) : undefined
}

async function launch(server: Server): Promise<RunningServer> {
  const log = openLog(server.logFile)
  writeSync(log, BEGUN)
  const offset = fstatSync(log).size
  const child = spawn(server.software.program, server.software.words(server), {
    ...childOptions(server.user),
    // By it whoever serves the data is found; most go there by themselves.
    cwd: server.data,
    detached: true,
    stdio: ['ignore', log, log]
  })
  closeSync(log)
  const pid = await pidOf(child)
  child.unref()
  const state = await waitFor(() => settledState(pid, server), readyTime())
  if (state === 'ready') return running(pid, server, false)
  if (state === 'ended') throw explainOutput(textFrom(server.logFile, offset), sceneOf(server))
  await stopServer(server.data, server.software.ending)
  throw new LocalServerError(
    'other',
    `The local server ${server.name} was not ready after ${READY_WITHIN_MS / 1000} seconds (log: ${server.logFile}).`
  )
}

const LOG_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
const LOG_LIMIT_BYTES = 8 * 1024 * 1024

/** Begins a new log when the old one is long; keeps one old one. */
function openLog(path: string): number {
  const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_LIMIT_BYTES) renameSync(path, `${path}.old`)
  const log = openSync(path, LOG_FLAGS, 0o600)
  giveToOwnerOf(dirname(path), log)
  return log
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => resolve(child.pid as number))
  })
}

function settledState(pid: number, server: Server): 'ready' | 'ended' | undefined {
  if (processAt(pid) === undefined) return 'ended'
  const living = server.software.living(server, pid)
  return living?.pid === pid && living.status === 'ready' ? 'ready' : undefined
}

function running(pid: number, server: Server, isAdopted: boolean): RunningServer {
  let end: Promise<void> | undefined
  return {
    pid,
    isAdopted,
    stop() {
      end ??= stopServer(server.data, server.software.ending)
      return end
    }
  }
}

function readyTime() {
  return { everyMs: LOOK_EVERY_MS, withinMs: READY_WITHIN_MS }
}

function textFrom(file: string, offset: number): string {
  return readFileSync(file).subarray(offset).toString('utf8')
}
