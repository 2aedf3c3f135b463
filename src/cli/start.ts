import { loadConfig } from '../config/load-config.ts'
import { startBroker } from '../main.ts'
import { greeting } from './greeting.ts'

/** Runs until a signal asks it to stop. The same signal twice is one stop: npm passes on what the terminal sent already. */
export async function start(): Promise<number | undefined> {
  let stopping = false
  let asked = false
  let stop: (() => Promise<void>) | undefined

  async function end(): Promise<void> {
    asked = true
    if (!stop || stopping) return
    stopping = true
    await stop()
    process.exit(0)
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end())
  try {
    const broker = await startBroker(loadConfig(process.env))
    stop = broker.stop
    if (asked) {
      await end()
      return undefined
    }
    process.stderr.write(greeting(broker, process.stderr.isTTY))
    return undefined
  } catch (error) {
    process.stderr.write(`portolan: ${sentence(error)}\n`)
    return 1
  }
}

/** What an operator can act on in one sentence; the rest keeps its stack. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `${address}:${port} is taken: stop what listens there, or set PORT to another one`
  if (code === 'EACCES' && port !== undefined)
    return `this user may not listen on port ${port}: set PORT to another one`
  return error.name === 'Error' || error.name === 'TypeError' ? (error.stack ?? error.message) : error.message
}
