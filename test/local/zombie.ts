import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { waitFor } from '../../src/local/wait.ts'

/** A process that has ended and whose parent never asks for its exit code; `remove` ends the parent. */
export async function makeZombie(): Promise<{
  readonly pid: number
  readonly startedAt: string
  remove(): void
}> {
  // The shell is replaced by a program that knows nothing of the child the shell began.
  const parent = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; exec tail -f /dev/null'])
  const pid = Number(String((await once(parent.stdout, 'data'))[0]))
  await seen(() => readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').startsWith('tail'))
  process.kill(pid, 'SIGKILL')
  await seen(() => fields(pid)[0] === 'Z')
  return { pid, startedAt: fields(pid)[19] ?? '', remove: () => parent.kill('SIGKILL') }
}

async function seen(isSo: () => boolean): Promise<void> {
  if (!(await waitFor(() => (isSo() ? true : undefined), { everyMs: 5, withinMs: 20_000 })))
    throw new Error('no zombie came to be')
}

function fields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
