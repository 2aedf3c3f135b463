import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, as the name of what it made tells it: `where-pid-start`. A later holder of the pid has another start. */
export interface Owner {
  /** Where the pid counts: one start of the system, one container. */
  readonly where: string
  readonly pid: number
  /** Empty where the system does not tell it. */
  readonly start: string
}

export function thisOwner(): Owner {
  return { where: whereWeAre(), pid: process.pid, start: startOf(process.pid) ?? '' }
}

export function ownerName({ where, pid, start }: Owner): string {
  return `${where}-${pid}-${start}`
}

export function ownerIn(name: string): Owner | undefined {
  const [, where, pid, start] = /^([0-9a-f]{8})-(\d+)-(\d*)/.exec(name) ?? []
  if (where === undefined || start === undefined) return undefined
  return { where, pid: Number(pid), start }
}

/** `unknown`: of another container, or from before the system was started. */
export function lifeOf(owner: Owner): 'lives' | 'ended' | 'unknown' {
  if (owner.where !== whereWeAre()) return 'unknown'
  if (owner.start !== '') return startOf(owner.pid) === owner.start ? 'lives' : 'ended'
  try {
    process.kill(owner.pid, 0)
    return 'lives'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'ended' : 'lives'
  }
}

function whereWeAre(): string {
  const facts = [
    hostname(),
    quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    quietly(() => readlinkSync('/proc/self/ns/pid'))
  ]
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 8)
}

/** proc(5): the name in parentheses may hold anything, so fields are counted from the last one; state is field 3, starttime 22. */
function startOf(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}

function quietly(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
