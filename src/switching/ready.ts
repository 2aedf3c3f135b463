import type { EngineDeps } from '../engine/deps.ts'
import type { StepResult } from '../engine/step-result.ts'
import type { MoveSubject } from './move-subject.ts'

/** Somebody who says go makes it due; this is for what got lost on the way. */
const LOOK_AGAIN_MS = 60_000

/** Stage `ready`: everything stands. Goes on by itself, or waits for go. */
export async function ready(_deps: EngineDeps, { record, subject }: MoveSubject): Promise<StepResult> {
  if (record.directive.cutover === 'auto' || record.go)
    return { kind: 'next', stage: 'gather', afterMs: 0, note: 'making ready to copy' }
  const { deadlineAt } = subject.operation
  const until = deadlineAt === undefined ? '' : ` until ${new Date(deadlineAt).toISOString()}`
  return { kind: 'next', stage: 'ready', afterMs: LOOK_AGAIN_MS, note: `ready: waiting for go${until}` }
}
