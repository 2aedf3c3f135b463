import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Held } from '../engine/kind.ts'
import type { StepResult } from '../engine/step-result.ts'
import { entering } from './enter.ts'
import { gatherLogins } from './gather.ts'
import { holding } from './held-move.ts'
import type { MoveSubject } from './move-subject.ts'
import { whileShut } from './while-shut.ts'

/** Stage `freeze`: nobody writes to the source any more. A rehearsal pins one moment of a source that lives on. */
export async function freeze(
  deps: EngineDeps,
  moved: MoveSubject,
  slot: Held,
  call: MoveCall
): Promise<StepResult> {
  const { record } = moved
  const { hold, moving } = await whileShut(deps, moved, call, take(deps, moved, call))
  return {
    kind: 'next',
    stage: 'copy',
    afterMs: 0,
    held: holding(hold, moving, slot, deps.settings.leaseMs / 3),
    note: 'copying',
    within: entering(deps, record, 'copy')
  }
}

async function take(deps: EngineDeps, moved: MoveSubject, call: MoveCall) {
  const { move, record } = moved
  const moving = await gatherLogins(deps, moved, call)
  const hold = await (record.kind === 'switch' ? move.freeze(moving, call) : move.pin(moving, call))
  return { hold, moving }
}
