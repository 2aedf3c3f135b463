import { startBroker } from '../main.ts'
import { checkedConfig } from '../start/checked-config.ts'
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
  const broker = await startBroker(await checkedConfig(process.env))
  stop = broker.stop
  if (asked) await end()
  else process.stderr.write(greeting(broker, process.stderr.isTTY))
  return undefined
}
