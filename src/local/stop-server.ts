import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { POSTGRESQL_ENDING } from './postgresql.ts'
import { processesIn, signal } from './processes.ts'
import type { Ending } from './software.ts'
import { waitFor } from './wait.ts'

/**
 * Whatever serves this data folder ends, and nothing of it is left: told politely, after 3.5 seconds firmly (the next start
 * recovers), after 5 killed. No server, a dead one and a stale pid file are success.
 */
export async function stopServer(data: string, ending: Ending = POSTGRESQL_ENDING): Promise<void> {
  const heads = ending.heads(data)
  for (const pid of heads) signal(pid, ending.polite)
  // Without a head only its helpers can be left: they notice its death when they next wait.
  if (!(await isEmptied(data, heads.length === 0 ? 500 : 3500))) await insist(data, ending)
  for (const name of ending.leavings) rmSync(join(data, name), { force: true })
}

async function insist(data: string, { firm }: Ending): Promise<void> {
  signalAll(data, firm)
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
