import { rmSync } from 'node:fs'
import { livingPostmaster, pidFile } from './postmaster.ts'
import { processesIn, signal } from './processes.ts'
import { waitFor } from './wait.ts'

/**
 * Whatever serves this data folder ends, and nothing of it is left: fast shutdown, after 3.5 seconds immediate (the next start
 * recovers), after 5 killed. No server, a dead one and a stale pid file are success.
 */
export async function stopServer(data: string): Promise<void> {
  const living = livingPostmaster(data)
  if (living !== undefined) signal(living.pid, 'SIGINT')
  // Without a postmaster only backends can be left: they notice its death when they next wait.
  if (!(await isEmptied(data, living === undefined ? 500 : 3500))) await insist(data)
  rmSync(pidFile(data), { force: true })
}

async function insist(data: string): Promise<void> {
  signalAll(data, 'SIGQUIT')
  if (await isEmptied(data, 1500)) return
  signalAll(data, 'SIGKILL')
  await isEmptied(data, 1000)
}

async function isEmptied(data: string, withinMs: number): Promise<boolean> {
  const look = () => (processesIn(data).length === 0 ? true : undefined)
  return (await waitFor(look, { everyMs: 10, withinMs })) ?? false
}

function signalAll(data: string, name: NodeJS.Signals): void {
  for (const pid of processesIn(data)) signal(pid, name)
}
