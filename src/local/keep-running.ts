import type { LocalLog } from './local-log.ts'
import { processAt } from './processes.ts'
import { type RunningServer, startServer } from './run-server.ts'
import type { Server } from './server.ts'

const LOOK_EVERY_MS = 2000

/**
 * Starts the server again whenever it has ended by itself (killed, out of memory), until it is stopped. A start that fails is told to
 * the log and tried again at the next look.
 */
export function keepRunning(server: Server, first: RunningServer, log: LocalLog): RunningServer {
  let current = first
  let restart: Promise<void> | undefined
  let end: Promise<void> | undefined

  async function startAgain() {
    log(`local server ${server.name} has ended by itself and is started again`, { port: server.port }, 'warn')
    try {
      current = await startServer(server)
    } catch (error) {
      log(error instanceof Error ? error.message : String(error), {}, 'warn')
    }
    restart = undefined
  }

  const timer = setInterval(() => {
    if (restart === undefined && processAt(current.pid) === undefined) restart = startAgain()
  }, LOOK_EVERY_MS)
  timer.unref()

  return {
    get pid() {
      return current.pid
    },
    isAdopted: first.isAdopted,
    stop() {
      clearInterval(timer)
      end ??= Promise.resolve(restart).then(() => current.stop())
      return end
    }
  }
}
