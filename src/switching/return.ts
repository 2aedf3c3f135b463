import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { GivesUp, goneIsFine } from '../engine/outcome.ts'
import type { StepResult } from '../engine/step-result.ts'
import { entering } from './enter.ts'
import { type MoveSubject, sourceOf } from './move-subject.ts'

/**
 * Stage `return`: the source is as it was before. A switch ends here in failure, and its target is cleaned up after it; a
 * rehearsal goes on to take its target down.
 */
export async function goBack(deps: EngineDeps, moved: MoveSubject, call: MoveCall): Promise<StepResult> {
  const { record } = moved
  await goneIsFine(openSource(deps, moved, call))
  if (record.kind === 'switch') throw new GivesUp('conflict', record.reason ?? 'it was interrupted')
  return {
    kind: 'next',
    stage: 'release',
    afterMs: 0,
    note: 'removing the target of the rehearsal',
    within: entering(deps, record, 'return')
  }
}

async function openSource(deps: EngineDeps, moved: MoveSubject, call: MoveCall): Promise<void> {
  const source = await sourceOf(deps, moved, call)
  // A rehearsal has frozen nothing: a login that is being removed meanwhile must not be opened again.
  const logins = moved.record.kind === 'switch' ? source.logins : []
  await moved.move.thaw({ ...source, logins }, call)
}
