import type { Call } from '../contract/ports.ts'
import type { OperationKind } from '../domain/operation.ts'
import type { EngineDeps } from './deps.ts'
import { bindStep } from './kinds/bind.ts'
import { createStep } from './kinds/create.ts'
import { destroyStep } from './kinds/destroy.ts'
import { unbindStep } from './kinds/unbind.ts'
import { updateStep } from './kinds/update.ts'
import type { StepResult } from './step-result.ts'
import type { Subject } from './subject.ts'

export type Step = (deps: EngineDeps, subject: Subject, call: Call) => Promise<StepResult>

/** One step of each kind: which method of a driver or a family is called, with what. */
export const STEPS: Readonly<Record<OperationKind, Step>> = {
  create: createStep,
  update: updateStep,
  delete: destroyStep,
  bind: bindStep,
  unbind: unbindStep,
  'clean-up': (deps, subject, call) => (subject.binding ? unbindStep : destroyStep)(deps, subject, call)
}
