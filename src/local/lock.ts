import { randomBytes } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivate } from './private-file.ts'
import { processAt } from './processes.ts'

export interface DataLock {
  /** Harmless when called again. */
  release(): void
}

export type LockAttempt =
  | { readonly state: 'taken'; readonly lock: DataLock }
  | { readonly state: 'held'; readonly by: { readonly pid: number } }

interface Owner {
  readonly pid: number
  /** Tells a process from a later one with the same pid. */
  readonly startedAt: string
  readonly boot: string
}

const NAME = /^lock\.(\d+)$/
const RELEASED = 'released\n'

/**
 * The right to change what lies in a data folder, for one living process at a time. It never waits. A lock whose owner has ended,
 * is a zombie, or whose pid is another process's by now is taken over.
 *
 * The lock is the file `lock.N` with the highest N. Taking it means making N+1, which the file system lets only one process do; the
 * highest is never deleted, so that no number comes twice and a slow contender cannot take what it saw long ago.
 */
export function lockData(dataDir: string): LockAttempt {
  for (;;) {
    const highest = highestNumber(dataDir)
    const owner = highest === 0 ? undefined : readOwner(lockPath(dataDir, highest))
    if (owner !== undefined && isAlive(owner)) return { state: 'held', by: { pid: owner.pid } }
    const mine = highest + 1
    if (!make(dataDir, mine)) continue
    if (highestNumber(dataDir) !== mine) {
      rmSync(lockPath(dataDir, mine), { force: true })
      continue
    }
    removeBelow(dataDir, mine)
    return { state: 'taken', lock: { release: () => release(lockPath(dataDir, mine)) } }
  }
}

function lockPath(dataDir: string, number: number): string {
  return join(dataDir, `lock.${number}`)
}

function numbers(dataDir: string): number[] {
  return readdirSync(dataDir).flatMap((name) => {
    const number = NAME.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
}

function highestNumber(dataDir: string): number {
  return Math.max(0, ...numbers(dataDir))
}

/** False when somebody else made it first. The text is complete at the moment the name exists. */
function make(dataDir: string, number: number): boolean {
  const draft = join(dataDir, `lock-${randomBytes(6).toString('hex')}`)
  try {
    writePrivate(draft, `${JSON.stringify(ourselves())}\n`)
    linkSync(draft, lockPath(dataDir, number))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function removeBelow(dataDir: string, mine: number): void {
  for (const number of numbers(dataDir)) {
    if (number < mine) rmSync(lockPath(dataDir, number), { force: true })
  }
}

function release(path: string): void {
  const owner = readOwner(path)
  if (owner?.pid === process.pid) writePrivate(path, RELEASED)
}

/** `undefined`: released, or gone, or not a lock of ours. */
function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>
    return typeof owner.pid === 'number'
      ? { pid: owner.pid, startedAt: `${owner.startedAt}`, boot: `${owner.boot}` }
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(owner: Owner): boolean {
  return owner.boot === bootId() && processAt(owner.pid)?.startedAt === owner.startedAt
}

function ourselves(): Owner {
  return { pid: process.pid, startedAt: processAt(process.pid)?.startedAt ?? '', boot: bootId() }
}

/** After a reboot a pid and a start time counted from the boot may both come again. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
