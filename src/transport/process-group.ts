import type { ChildProcess } from 'node:child_process'

/** From being asked to end to being killed. */
const GRACE_MS = 2000

/** The leaders of the groups that run now; killed when we end, by whatever way still lets us do anything. */
const leaders = new Set<number>()

export interface ProcessGroup {
  /** Asks it to end, kills it soon after. */
  end(): void
}

/** Of a child that was started `detached`. What it leaves behind is killed when it ends. */
export function groupOf(child: ChildProcess): ProcessGroup {
  const { pid } = child
  if (pid === undefined) return { end: () => undefined }
  if (leaders.size === 0) process.on('exit', killAll)
  leaders.add(pid)
  let limit: NodeJS.Timeout | undefined
  child.once('exit', () => {
    clearTimeout(limit)
    signalGroup(pid, 'SIGKILL')
    leaders.delete(pid)
    if (leaders.size === 0) process.removeListener('exit', killAll)
  })
  return {
    end() {
      if (limit !== undefined || !leaders.has(pid)) return
      signalGroup(pid, 'SIGTERM')
      limit = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS)
    }
  }
}

function killAll(): void {
  for (const pid of leaders) signalGroup(pid, 'SIGKILL')
}

function signalGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name)
  } catch {
    // All of it has ended.
  }
}
