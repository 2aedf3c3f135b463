import type { JsonObject } from '../contract/json.ts'
import type { MoveCall } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { make, prepare } from '../engine/kinds/create.ts'
import { wantedParameters } from '../engine/kinds/update.ts'
import type { StepResult } from '../engine/step-result.ts'
import type { Subject } from '../engine/subject.ts'

/** Stages `make` and `prepare`: the target, as in a create. Its default privileges come with the copy. */
export async function provision(deps: EngineDeps, subject: Subject, call: MoveCall): Promise<StepResult> {
  const result =
    subject.operation.stage === 'make'
      ? await make(deps, subject, targetParameters(subject), call)
      : await prepare(deps, subject, false, call)
  if (result.kind === 'next') return { note: 'making the target', ...result }
  const { made } = result
  return {
    kind: 'next',
    stage: 'examine',
    afterMs: 0,
    note: 'looking at the source and the target',
    ...(made ? { made } : {})
  }
}

/** What the instance will have asked for once it is at the target. */
export function targetParameters(subject: Subject): JsonObject {
  return wantedParameters(subject)
}
