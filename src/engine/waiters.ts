/** Who waits in this process for the end of an operation. */
export interface Waiters {
  /** Resolves when the operation is told to have moved, or when the time is over. */
  wait(operationId: string, withinMs: number): Promise<void>
  tell(operationId: string): void
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<() => void>>()

  return {
    wait: (operationId, withinMs) =>
      new Promise((resolve) => {
        const each = waiting.get(operationId) ?? new Set()
        const done = (): void => {
          clearTimeout(limit)
          each.delete(done)
          if (each.size === 0) waiting.delete(operationId)
          resolve()
        }
        const limit = setTimeout(done, withinMs)
        waiting.set(operationId, each.add(done))
      }),
    tell(operationId) {
      for (const resolve of waiting.get(operationId) ?? []) resolve()
    }
  }
}
