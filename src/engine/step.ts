import type { Grant, Handle } from '../contract/adapter.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Call } from '../contract/ports.ts'
import type { OperationKind } from '../domain/operation.ts'
import type { EngineDeps } from './deps.ts'
import { bindStep } from './kinds/bind.ts'
import { createStep } from './kinds/create.ts'
import { destroyStep } from './kinds/destroy.ts'
import { unbindStep } from './kinds/unbind.ts'
import { updateStep } from './kinds/update.ts'
import type { Subject } from './subject.ts'

/** What one step of an operation came to. A failure is thrown. */
export type StepResult =
  /** Committed, then the next step: at once, or when `afterMs` says; absent asks for the usual pace. */
  | {
      readonly kind: 'next'
      readonly stage: string
      readonly afterMs?: number
      readonly note?: string
      readonly made?: Made
    }
  | {
      readonly kind: 'done'
      readonly made?: Made
      /** For the platform it is done; a clean-up of its own does the rest. */
      readonly restIsCleanUp?: true
    }

/** What is kept of a step, in the transaction that records it. */
export interface Made {
  /** Of the resource. */
  readonly handle?: Handle
  /** Of the binding. */
  readonly grant?: Grant
  /** Of the binding: what a bind answers. */
  readonly answer?: JsonObject
}

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
