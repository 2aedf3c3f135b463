import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { callOf, portsOf, type Subject } from '../engine/subject.ts'

/** The world as a family's move may reach it: the database's own tools too. */
export function moveCallOf(deps: EngineDeps, subject: Subject, signal: AbortSignal): MoveCall {
  const { tools, workspace } = portsOf(deps, subject, signal)
  return { ...callOf(deps, subject, signal), tools, workspace }
}
