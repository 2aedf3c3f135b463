import type { EngineDeps } from '../engine/deps.ts'
import type { Held } from '../engine/kind.ts'

/** Moves that this process copies now. */
const TAKEN = new WeakMap<EngineDeps, Set<object>>()

/**
 * A copy may take as long as its switch has time, and a tenant decides how long: so no more of them run in one process than leave
 * half of each provider's room to everybody else. Nothing when there is no room. `isUrgent`: the source is closed already, and waits for nobody.
 */
export function takeSlot(deps: EngineDeps, isUrgent: boolean): Held | undefined {
  const taken = TAKEN.get(deps) ?? new Set()
  TAKEN.set(deps, taken)
  if (!isUrgent && taken.size >= Math.max(1, Math.floor(deps.settings.concurrency / 2))) return undefined
  const slot = {}
  taken.add(slot)
  return { check: async () => {}, release: async () => void taken.delete(slot) }
}
