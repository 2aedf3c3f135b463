import type { Grant, Handle } from '../contract/adapter.ts'
import type { JsonObject } from '../contract/json.ts'

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
