import type { PostgresqlSession } from '../../../contract/ports.ts'

/** One session at the source, under the snapshot, and one at the target, as the group. */
export interface Lane {
  readonly source: PostgresqlSession
  readonly target: PostgresqlSession
}

export interface Task {
  /** Roughly how long it takes, in bytes: the heaviest goes first, so that none is left for the end. */
  readonly weight: number
  run(lane: Lane): Promise<void>
}

export interface Tasks {
  add(...tasks: readonly Task[]): void
  /** Works until nothing is left that could bring more. Throws in every lane when a task fails in one. */
  work(lane: Lane): Promise<void>
}

/** `renewed` makes a lane again what a task expects. */
export function makeTasks(renewed: (lane: Lane) => Promise<void>): Tasks {
  const waiting: Task[] = []
  let running = 0
  let failure: { readonly error: unknown } | undefined
  let wake: () => void
  let changed: Promise<void>
  const renew = () => {
    changed = new Promise((resolve) => {
      wake = resolve
    })
  }
  renew()
  const tell = () => {
    wake()
    renew()
  }
  const run = async (task: Task, lane: Lane) => {
    running += 1
    try {
      await renewed(lane)
      await task.run(lane)
    } catch (error) {
      failure ??= { error }
    } finally {
      running -= 1
      tell()
    }
  }
  return {
    add(...tasks) {
      waiting.push(...tasks)
      waiting.sort((one, other) => one.weight - other.weight)
      tell()
    },
    async work(lane) {
      for (;;) {
        if (failure !== undefined) throw failure.error
        const task = waiting.pop()
        if (task !== undefined) await run(task, lane)
        else if (running === 0) return
        else await changed
      }
    }
  }
}
