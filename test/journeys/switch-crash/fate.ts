import { appendFileSync, existsSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What may happen to a broker of this journey, told through files of a folder: which process comes first to the point is the one it
 * happens to, once.
 */
export interface Order {
  readonly point: string
  /** The how-manyth time that this point is reached, by whichever process. */
  readonly nth: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

const ORDER = 'order.json'
const REACHED = 'reached'
const DIFFERS = 'differs'

/** In the broker: tells that it comes to a point, and may not come back. */
export function reachIn(folder: string): (point: string) => void {
  return (point) => {
    appendFileSync(join(folder, REACHED), `${point}\n`)
    const order = orderIn(folder)
    if (order?.point !== point || timesReached(folder, point) < order.nth || !take(folder)) return
    process.kill(process.pid, order.signal)
  }
}

/** Every copy is said to be different. */
export function copiesDiffer(folder: string): boolean {
  return existsSync(join(folder, DIFFERS))
}

/** In the journey: from now on points are counted, and it happens at the one of the order. */
export function arm(folder: string, order: Order | undefined, differs: boolean): void {
  disarm(folder)
  writeFileSync(join(folder, REACHED), '')
  if (differs) writeFileSync(join(folder, DIFFERS), '')
  if (order !== undefined) writeFileSync(join(folder, ORDER), JSON.stringify(order))
}

export function disarm(folder: string): void {
  for (const file of [ORDER, DIFFERS]) rmSync(join(folder, file), { force: true })
}

/** It has happened. */
export function hasHappened(folder: string): boolean {
  return orderIn(folder) === undefined
}

export function reachedIn(folder: string): readonly string[] {
  return readFileSync(join(folder, REACHED), 'utf8').split('\n').filter(Boolean)
}

function timesReached(folder: string, point: string): number {
  return reachedIn(folder).filter((each) => each === point).length
}

function orderIn(folder: string): Order | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, ORDER), 'utf8')) as Order
  } catch {
    return undefined
  }
}

/** Of two processes only one takes it. */
function take(folder: string): boolean {
  try {
    unlinkSync(join(folder, ORDER))
    return true
  } catch {
    return false
  }
}

/** The process is stopped, as by SIGSTOP. Linux only. */
export function isAsleep(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
  } catch {
    return false
  }
}
