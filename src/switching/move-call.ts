import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { callOf, type Subject } from '../engine/subject.ts'

/** The world as a family's move may reach it: the database's own tools too. */
export function moveCallOf(deps: EngineDeps, subject: Subject, signal: AbortSignal): MoveCall {
  const { provider } = subject.resource
  const { tools, workspace } = deps.ports({ signal, deadlineMs: deps.settings.leaseMs / 2, provider })
  return { ...callOf(deps, subject, signal), tools, workspace }
}
