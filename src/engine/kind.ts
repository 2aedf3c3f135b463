import type { Call } from '../contract/ports.ts'
import type { Operation, OperationKind } from '../domain/operation.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'
import type { Ending } from './record.ts'
import type { StepResult } from './step-result.ts'
import type { Subject, Works } from './subject.ts'

export type Step = (
  deps: EngineDeps,
  subject: Subject,
  call: Call,
  process: StepProcess
) => Promise<StepResult>

/** In the transaction that records the success. */
export type AtSuccess = (
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  subject: Subject,
  result: Extract<StepResult, { kind: 'done' }>
) => Promise<void>

/** In the transaction that records the failure. */
export type AtFailure = (
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  failed: Extract<Ending, { kind: 'fail' }>
) => Promise<void>

/** What an operation of a kind does. */
export interface Kind {
  readonly step: Step
  readonly success: AtSuccess
  readonly failure: AtFailure
  /** What it works on where no instance has that. Absent: resource, instance and plan, as they are in the store. */
  readonly load?: (deps: EngineDeps, operation: Operation) => Promise<Works>
  /** No failure ends it where it stands now: what stands at a provider must not be forgotten. */
  readonly isEndless?: (operation: Pick<Operation, 'stage'>) => boolean
  /** Nor does its deadline, nor anybody's order. */
  readonly mustFinish?: (operation: Pick<Operation, 'stage'>) => boolean
  /**
   * The stage that must come before it may end in failure; absent: it may. Told in the transaction that would record the
   * failure, so that it can keep the reason.
   */
  readonly wayOut?: (
    deps: EngineDeps,
    session: Session,
    operation: Operation,
    failing: Extract<Ending, { kind: 'fail' }>
  ) => Promise<string | undefined>
  /** A step may take as long as its operation has time; it is ended when that is over, or when the operation is cancelled. */
  readonly isLong?: true
  /** Its step is ended at once when the broker stops; the next process begins it anew. */
  readonly isBrokenOff?: true
}

/** Those without which there is no broker. */
export type CoreKind = Extract<OperationKind, 'create' | 'update' | 'delete' | 'bind' | 'unbind' | 'clean-up'>

export type Kinds = Readonly<Record<OperationKind, Kind>>

/** What a step has of the process that runs it. */
export interface StepProcess {
  readonly signal: AbortSignal
  /** From the step before. */
  readonly held: Held | undefined
}

/**
 * Something in this process that a step holds for the next ones, such as a session with a lock. It does not outlive the process:
 * a step that needs it and finds none goes back to where it is taken.
 */
export interface Held {
  /** Throws when it is lost. Asked right before the commit that depends on it. */
  check(): Promise<void>
  release(): Promise<void>
}
