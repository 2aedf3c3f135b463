import type { EndedOperation } from '../domain/operation.ts'

/** Who waits in this process for the end of an operation. */
export interface Waiters {
  /** Resolves when the operation moves (with its end, if that is what happened), or when the time is over. */
  wait(operationId: string, withinMs: number): Promise<EndedOperation | undefined>
  tell(operationId: string, ended: EndedOperation | undefined): void
}

type Told = (ended?: EndedOperation) => void

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<Told>>()

  return {
    wait: (operationId, withinMs) =>
      new Promise((resolve) => {
        const each = waiting.get(operationId) ?? new Set()
        const done: Told = (ended) => {
          clearTimeout(limit)
          each.delete(done)
          if (each.size === 0) waiting.delete(operationId)
          resolve(ended)
        }
        const limit = setTimeout(done, withinMs)
        waiting.set(operationId, each.add(done))
      }),
    tell(operationId, ended) {
      for (const resolve of waiting.get(operationId) ?? []) resolve(ended)
    }
  }
}
