import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { StepResult } from '../engine/step-result.ts'
import { entering } from './enter.ts'
import { type HeldMove, stepping } from './held-move.ts'
import type { MoveSubject } from './move-subject.ts'

/** Stage `copy`: fills the empty target. */
export async function copy(
  deps: EngineDeps,
  moved: MoveSubject,
  held: HeldMove,
  call: MoveCall
): Promise<StepResult> {
  const begun = performance.now()
  const copied = await moved.move.copy(stepping(deps, moved, held), held.hold, call)
  const copyMs = Math.round(performance.now() - begun)
  return {
    kind: 'next',
    stage: 'verify',
    afterMs: 0,
    note: 'verifying',
    within: entering(deps, moved.record, 'verify', { figures: { ...copied, copyMs, verifyMs: 0 } })
  }
}
