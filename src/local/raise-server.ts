import { existsSync } from 'node:fs'
import { buildServer } from './build-server.ts'
import { keepRunning } from './keep-running.ts'
import type { LocalLog } from './local-log.ts'
import { LocalServerError } from './local-server-error.ts'
import { chooseFreePort } from './ports.ts'
import type { ServerRecord } from './record.ts'
import { type RunningServer, startServer } from './run-server.ts'
import type { Server } from './server.ts'

const FIRST_START_TRIES = 5

/** What raising a server needs to know and to say. */
export interface Raising {
  readonly record: ServerRecord
  /** Called before anything depends on what it is told. */
  remember(change: Partial<ServerRecord>): void
  /** Others know the port already, also before the first start. */
  readonly isPortTold?: boolean
  readonly log: LocalLog
}

/**
 * Makes the server if it never was, gets it running and keeps it so. Until it has been ready once its port is nobody's promise: one that
 * was taken meanwhile is exchanged.
 */
export async function raiseServer(server: Server, raising: Raising): Promise<RunningServer> {
  const { record, log, isPortTold = record.hasStarted } = raising
  const exists = existsSync(server.data)
  if (record.hasStarted && !exists) throw lostData(server)
  if (!exists) await buildServer(server, record.password)
  if (!isPortTold) return startOnAnyPort(server, raising)
  const running = await startServer(server)
  if (!record.hasStarted) raising.remember({ hasStarted: true })
  return keepRunning(server, running, log)
}

async function startOnAnyPort(server: Server, { remember, log }: Raising): Promise<RunningServer> {
  let moved = server
  for (let attempt = 1; ; attempt += 1) {
    try {
      const running = await startServer(moved)
      remember({ hasStarted: true })
      return keepRunning(moved, running, log)
    } catch (error) {
      const isTaken = error instanceof LocalServerError && error.kind === 'port-taken'
      if (!isTaken || attempt === FIRST_START_TRIES) throw error
      moved = { ...server, port: await chooseFreePort([moved.port]) }
      remember({ port: moved.port })
    }
  }
}

function lostData(server: Server): LocalServerError {
  return new LocalServerError(
    'other',
    `The data of the local server ${server.name} is gone from ${server.data}: put it back, or remove ${server.recordFile} to begin with empty servers.`
  )
}
