import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** A server under measurement. */
export interface Measured {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

const READY_MS = 60_000
const TICK_MS = 10

/** Starts `node args`, and waits until it answers at `path`. */
export async function startNode(
  args: readonly string[],
  options: {
    readonly port: number
    readonly path: string
    readonly log: string
    readonly env?: NodeJS.ProcessEnv
    readonly headers?: Record<string, string>
    readonly cwd?: string
  }
): Promise<Measured> {
  const log = openSync(options.log, 'a')
  const child = spawn(process.execPath, [...args], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], PORT: String(options.port), ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {})
  })
  const url = `http://127.0.0.1:${options.port}`
  await answers(child, `${url}${options.path}`, options.headers ?? {}, options.log)
  return { pid: child.pid ?? 0, url, stop: () => stop(child) }
}

async function answers(
  child: ChildProcess,
  url: string,
  headers: Record<string, string>,
  log: string
): Promise<void> {
  const until = performance.now() + READY_MS
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`it ended: ${readFileSync(log, 'utf8').slice(-2000)}`)
    const answer = await fetch(url, { headers }).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await pause(TICK_MS)
  }
  child.kill('SIGKILL')
  throw new Error(`nothing answers at ${url}: ${readFileSync(log, 'utf8').slice(-2000)}`)
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** CPU time of a process so far, in microseconds; the kernel counts in hundredths of a second. */
export function cpuMicroseconds(pid: number): number {
  const [user = 0, system = 0] = timesOf(statOf(pid))
  return (user + system) * 10_000
}

/** CPU time of a process and of everything it ever started, in seconds: those that have ended are counted by whoever awaited them. */
export function treeCpuSeconds(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = statOf(Number(name))
        return [{ pid: Number(name), parent: Number(fields[1]), ticks: sum(timesOf(fields)) }]
      } catch {
        return []
      }
    })
  const ticksBelow = (pid: number): number =>
    sum(all.filter(({ parent }) => parent === pid).map((child) => child.ticks + ticksBelow(child.pid)))
  return ((all.find(({ pid }) => pid === root)?.ticks ?? 0) + ticksBelow(root)) / 100
}

/** What follows the name of the program. */
function statOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Its own user and system time, then those of its ended children. */
function timesOf(fields: readonly string[]): readonly number[] {
  return fields.slice(11, 15).map(Number)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

export function residentMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1] ?? 0) / 1024
}
