import type { Grant, Handle } from '../contract/adapter.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Session } from '../store/session.ts'
import type { Held } from './kind.ts'

/** What one step of an operation came to. A failure is thrown. */
export type StepResult =
  /** Committed, then the next step: at once, or when `afterMs` says; absent asks for the usual pace. */
  | {
      readonly kind: 'next'
      readonly stage: string
      readonly afterMs?: number
      readonly note?: string
      readonly made?: Made
      /** Handed to the steps that follow at once. Absent: what is held stays held. */
      readonly held?: Held
      /** Written in the transaction that records it. */
      readonly within?: (session: Session) => Promise<void>
    }
  | {
      readonly kind: 'done'
      readonly made?: Made
      /** For the platform it is done; a clean-up of its own does the rest. */
      readonly restIsCleanUp?: true
      /** Written in the transaction that records it. */
      readonly within?: (session: Session) => Promise<void>
      /** Asked right before the commit that makes it so; throws to undo it. */
      readonly confirm?: () => Promise<void>
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
