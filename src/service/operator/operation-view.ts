import type { Cancel, Failure, Operation, OperationKind, OperationState } from '../../domain/operation.ts'
import { timeOf, times } from './time.ts'

/** An operation as operators see it: nothing of what was asked for. Times are ISO 8601. */
export interface OperationView {
  readonly id: string
  readonly kind: OperationKind
  readonly state: OperationState
  readonly stage: string
  readonly platform: string
  /** Whose room it takes. */
  readonly provider?: string
  /** Our ids. */
  readonly instance?: string
  readonly binding?: string
  readonly resource?: string
  /** The operation that has to end first. */
  readonly waitsFor?: string
  /** It ends as soon as its step has. */
  readonly cancel?: Cancel
  /** What was heard last, or how it ended. */
  readonly description?: string
  readonly failure?: Failure
  /** Failures in a row. */
  readonly failures: number
  readonly createdAt: string
  /** When it is looked at next; only while it is in progress. */
  readonly dueAt?: string
  readonly deadlineAt?: string
  readonly endedAt?: string
}

export interface OperationDetails extends OperationView {
  /** The platforms' own ids, where instance and binding are still known. */
  readonly osbInstance?: string
  readonly osbBinding?: string
}

const OPTIONAL = [
  'provider',
  'instance',
  'binding',
  'resource',
  'waitsFor',
  'cancel',
  'description',
  'failure'
] as const

export function operationView(operation: Operation): OperationView {
  const { id, kind, state, stage, platform, failures, createdAt, deadlineAt, endedAt } = operation
  const given = OPTIONAL.flatMap((name) => (operation[name] === undefined ? [] : [[name, operation[name]]]))
  return {
    id,
    kind,
    state,
    stage,
    platform,
    ...(Object.fromEntries(given) as Pick<Operation, (typeof OPTIONAL)[number]>),
    failures,
    createdAt: timeOf(createdAt),
    ...times({ dueAt: state === 'in progress' ? operation.dueAt : undefined, deadlineAt, endedAt })
  }
}
