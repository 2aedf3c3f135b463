import { ProviderFailure } from '../contract/errors.ts'
import type { MoveFigures } from '../contract/move.ts'
import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { GivesUp } from '../engine/outcome.ts'
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
  const copied = await copyOnce(deps, moved, held, call)
  const copyMs = Math.round(performance.now() - begun)
  return {
    kind: 'next',
    stage: 'verify',
    afterMs: 0,
    note: 'verifying',
    within: entering(deps, moved.record, 'verify', { figures: { ...copied, copyMs, verifyMs: 0 } })
  }
}

/** What went wrong by itself would go wrong again, while applications cannot write: only what was out of reach is tried anew. */
async function copyOnce(
  deps: EngineDeps,
  moved: MoveSubject,
  held: HeldMove,
  call: MoveCall
): Promise<MoveFigures> {
  try {
    return await moved.move.copy(stepping(deps, moved, held), held.hold, call)
  } catch (thrown) {
    if (!(thrown instanceof ProviderFailure) || thrown.kind !== 'unexpected' || thrown.mayHaveHappened)
      throw thrown
    const said = thrown.cause instanceof Error ? thrown.cause.message : thrown.message
    deps.log.warn({ operation: moved.record.id, why: said }, 'a copy failed')
    throw new GivesUp('unexpected', `the copying failed: ${thrown.message}`)
  }
}
