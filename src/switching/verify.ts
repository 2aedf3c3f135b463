import type { Verification } from '../contract/move.ts'
import type { MoveCall } from '../contract/ports.ts'
import { figuresOf, type SwitchFigures } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { StepResult } from '../engine/step-result.ts'
import { entering } from './enter.ts'
import { type HeldMove, stepping } from './held-move.ts'
import type { MoveSubject } from './move-subject.ts'

/** Stage `verify`: only what is proven equal may cut over; anything else goes back, and says why by object. */
export async function verify(
  deps: EngineDeps,
  moved: MoveSubject,
  held: HeldMove,
  call: MoveCall
): Promise<StepResult> {
  const begun = performance.now()
  const verification = await moved.move.verify(stepping(deps, moved, held), held.hold, call)
  const verifyMs = Math.round(performance.now() - begun)
  const figures: SwitchFigures = { ...figuresOf(moved.record), verifyMs }
  const kept = { verification, figures }
  if (verification.verdict === 'equal') {
    const stage = moved.record.kind === 'switch' ? 'cut-over' : 'return'
    return {
      kind: 'next',
      stage,
      afterMs: 0,
      note: 'the copy is equal',
      within: entering(deps, moved.record, stateAfter(moved), kept)
    }
  }
  const reason = reasonOf(verification)
  return {
    kind: 'next',
    stage: 'return',
    afterMs: 0,
    note: reason,
    within: entering(deps, moved.record, 'return', { ...kept, reason })
  }
}

function stateAfter({ record }: MoveSubject): 'cut-over' | 'return' {
  return record.kind === 'switch' ? 'cut-over' : 'return'
}

/** The first few objects; all of them are in the report. */
function reasonOf({ verdict, differences, different, unverified }: Verification): string {
  if (verdict === 'unverifiable')
    return `it could not be verified that the copy is equal: ${unverified.slice(0, 5).join(' ')}`
  const named = differences
    .slice(0, 5)
    .map(({ object, source, target }) => `${object} (source: ${source}; target: ${target})`)
  const more = different > named.length ? ` and ${different - named.length} more` : ''
  return `the copy is different: ${named.join(', ')}${more}`
}
