import { setTimeout as pause } from 'node:timers/promises'

/** Looks every `everyMs` until `look` tells something or `withinMs` have passed; then `undefined`. */
export async function waitFor<T>(
  look: () => T | undefined,
  time: { readonly everyMs: number; readonly withinMs: number }
): Promise<T | undefined> {
  const end = performance.now() + time.withinMs
  for (;;) {
    const seen = look()
    if (seen !== undefined || performance.now() >= end) return seen
    await pause(time.everyMs)
  }
}
