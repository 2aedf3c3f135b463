import { existsSync } from 'node:fs'
import { buildServer } from './build-server.ts'
import { LocalServerError } from './local-server-error.ts'
import { managedRootStatements } from './managed-root.ts'
import { chooseFreePort } from './ports.ts'
import type { ServerRecord } from './record.ts'
import { type RunningServer, startServer } from './run-server.ts'
import type { Server } from './server.ts'

const FIRST_START_TRIES = 5

/**
 * Makes the server if it never was, and gets it running. Until it has been ready once its port is nobody's promise: one that was taken
 * meanwhile is exchanged. `remember` is called before its word is needed.
 */
export async function raiseServer(
  server: Server,
  record: ServerRecord,
  remember: (change: Partial<ServerRecord>) => void
): Promise<RunningServer> {
  if (record.hasStarted && !existsSync(server.data)) throw lostData(server)
  if (!existsSync(server.data)) await buildServer(server, managedRootStatements(record.password))
  if (record.hasStarted) return startServer(server)
  const running = await startOnAnyPort(server, remember)
  remember({ hasStarted: true })
  return running
}

async function startOnAnyPort(
  server: Server,
  remember: (change: Partial<ServerRecord>) => void
): Promise<RunningServer> {
  let port = server.port
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServer({ ...server, port })
    } catch (error) {
      const isTaken = error instanceof LocalServerError && error.kind === 'port-taken'
      if (!isTaken || attempt === FIRST_START_TRIES) throw error
      port = await chooseFreePort([port])
      remember({ port })
    }
  }
}

function lostData(server: Server): LocalServerError {
  return new LocalServerError(
    'other',
    `The data of the local server ${server.name} is gone from ${server.data}: put it back, or remove ${server.recordFile} to begin with empty servers.`
  )
}
