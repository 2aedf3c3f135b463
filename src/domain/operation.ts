import type { FailureKind } from '../contract/errors.ts'
import type { JsonObject } from '../contract/json.ts'

/** What OSB polls, and the broker's own, which nobody polls. */
export const OPERATION_KINDS = [
  'create',
  'update',
  'switch',
  'delete',
  'bind',
  'unbind',
  'clean-up',
  'rehearse',
  'retain',
  'erase',
  'adopt',
  'delete-orphan',
  'look'
] as const

export type OperationKind = (typeof OPERATION_KINDS)[number]

/** OSB 2.17, last_operation. */
export type OperationState = 'in progress' | 'succeeded' | 'failed'

/** Why an operation must end before its work is done. `superseded`: a delete takes over. `abandoned`: nobody waits any more. */
export type Cancel = 'superseded' | 'abandoned' | 'by operator' | 'by platform'

/** Why an operation failed: what a provider answered, or our own reasons. */
export type Failure = FailureKind | 'deadline' | Cancel

/** The newest format of `stage` and `request`; a worker claims only what it knows. */
export const STEP_FORMAT = 2

/** What a copy of the version before does not know has a newer one, so that it leaves it alone. */
export function stepFormatOf(kind: OperationKind): number {
  return kind === 'look' ? 2 : 1
}

/** A durable piece of work on an instance, a binding or a resource, or at a provider. */
export interface Operation {
  /** Unique; the OSB `operation` token. */
  readonly id: string
  readonly kind: OperationKind
  readonly state: OperationState
  /** Where it stands within its kind, see `engine/step.ts`. */
  readonly stage: string
  readonly platform: string
  readonly instance?: string
  readonly binding?: string
  readonly resource?: string
  /** Of the resource, or where a look looks: whose room it takes while it runs. */
  readonly provider?: string
  readonly requestHash?: string
  /** What an update asks for: `{ parameters, planId }`. */
  readonly request?: JsonObject
  /** An update's target: digest of a plan revision. */
  readonly revision?: string
  readonly waitsFor?: string
  readonly cancel?: Cancel
  /** True once a platform was told 202: it polls, so a failure must stay readable. */
  readonly answered: boolean
  /** Steps begun since the last one that was recorded, this one included. */
  readonly attempts: number
  /** Failures in a row. */
  readonly failures: number
  readonly dueAt: number
  readonly deadlineAt?: number
  readonly leaseNumber: number
  /** The claim took it from a holder whose lease ran out. */
  readonly takenOver: boolean
  readonly description?: string
  readonly failure?: Failure
  readonly instanceUsable?: boolean
  readonly updateRepeatable?: boolean
  readonly createdAt: number
  readonly endedAt?: number
  /** The store's time when this process claimed or last read it. */
  readonly claimedAt?: number
}

/** How an operation ended. */
export type EndedOperation = Pick<
  Operation,
  'failure' | 'description' | 'instanceUsable' | 'updateRepeatable'
> & { readonly state: 'succeeded' | 'failed' }
