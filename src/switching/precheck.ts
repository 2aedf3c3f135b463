import { ProviderFailure } from '../contract/errors.ts'
import type { Examination, MoveFinding } from '../contract/move.ts'
import type { MoveCall } from '../contract/ports.ts'
import { blockers } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { GivesUp } from '../engine/outcome.ts'
import type { StepResult } from '../engine/step-result.ts'
import { orderOf } from '../engine/subject.ts'
import { entering } from './enter.ts'
import { type MoveSubject, sideOf } from './move-subject.ts'
import { targetParameters } from './provision.ts'

/** Stage `precheck`: chooses where the target goes, which has no effect yet; then looks at both sides. Nothing is touched. */
export async function precheck(deps: EngineDeps, moved: MoveSubject, call: MoveCall): Promise<StepResult> {
  const { subject, to } = moved
  if (!to.resource.handle) {
    const order = orderOf(deps, subject, to.plan, targetParameters(subject))
    const sighting = await to.driver.create(order, undefined, call)
    if (sighting.state === 'gone') throw new Error('a driver has chosen, and it is gone')
    return {
      kind: 'next',
      stage: 'precheck',
      afterMs: 0,
      note: 'looking at the source and the target',
      made: { handle: sighting.handle }
    }
  }
  const examination = await examine(deps, moved, false, call)
  await refuseIfBlocked(deps, moved, examination)
  return {
    kind: 'next',
    stage: 'make',
    afterMs: 0,
    note: 'making the target',
    within: entering(deps, moved.record, 'provision', { examination })
  }
}

/** Looks again, now that the target stands and can be asked. */
export async function examineStanding(
  deps: EngineDeps,
  moved: MoveSubject,
  call: MoveCall
): Promise<StepResult> {
  const examination = await examine(deps, moved, true, call)
  await refuseIfBlocked(deps, moved, examination)
  return {
    kind: 'next',
    stage: moved.record.kind === 'switch' ? 'ready' : 'gather',
    afterMs: 0,
    note: 'the target stands: making ready to copy',
    within: entering(deps, moved.record, 'ready', { examination })
  }
}

export async function examine(
  deps: EngineDeps,
  { from, to, move }: Pick<MoveSubject, 'from' | 'to' | 'move'>,
  stands: boolean,
  call: MoveCall
): Promise<Examination> {
  const source = await sideOf(deps, from, call)
  const target = await sideOf(deps, to, call).catch((thrown: unknown) => {
    // What is not made yet has no way in at most providers.
    if (stands || !(thrown instanceof ProviderFailure || thrown instanceof GivesUp)) throw thrown
    return undefined
  })
  return move.examine(source, target && { access: target.access, stands }, call)
}

/** The report has all of them; a description is cut where the platform takes no more. */
async function refuseIfBlocked(
  { store }: EngineDeps,
  { record }: MoveSubject,
  examination: Examination
): Promise<void> {
  const found = blockers(examination.findings, record.directive.accept)
  if (found.length === 0) return
  await store.database.write((session) => store.switches.change(session, record.id, { examination }))
  throw new GivesUp('invalid', blockedText(found))
}

/** Every finding by its id, with what would mend it. */
function blockedText(found: readonly MoveFinding[]): string {
  const each = found.map(
    ({ id, subject, text, remedy }) =>
      `${id} (${subject}): ${text}${remedy === undefined ? '' : ` To mend it: ${remedy}.`}`
  )
  return `the pre-check found what keeps it from switching: ${each.join(' ')}`
}
