import type { Handle } from '../contract/adapter.ts'
import type { Cancel, EndedOperation, Failure, Operation } from '../domain/operation.ts'
import type { Recorded } from '../store/record-statement.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'
import { keep } from './keep.ts'
import { lookAgainAfterMs, withinDeadline } from './pace.ts'
import type { StepResult } from './step-result.ts'
import type { Subject } from './subject.ts'

/** What is to be written about an operation. */
export type Ending =
  | { readonly kind: 'step'; readonly result: StepResult; readonly subject: Subject }
  | {
      readonly kind: 'retry'
      readonly afterMs: number
      readonly counts: boolean
      readonly description?: string
    }
  | {
      readonly kind: 'fail'
      readonly failure: Failure
      readonly description: string
      readonly broken?: Handle
    }

/** Where an operation stands after it was recorded. */
export type Standing =
  | { readonly state: 'go on'; readonly operation: Operation }
  | { readonly state: 'rests' }
  | EndedOperation

const CANCELLED: Readonly<Record<Cancel, string>> = {
  superseded: 'stopped because a deletion was requested',
  abandoned: 'stopped because it took longer than the request could wait',
  'by operator': 'ended by an operator of the broker',
  'by platform': 'cancelled'
}

/** One transaction: the operation under its lease, and whatever its step or its end changes. */
export async function record(deps: EngineDeps, operation: Operation, ending: Ending): Promise<Standing> {
  const { store } = deps
  return store.database.write(async (session) => {
    if (operation.instance !== undefined) await store.instances.holdById(session, operation.instance)
    if (ending.kind === 'step') {
      const standing = await step(deps, session, operation, ending)
      if (standing) return standing
    }
    // Cancelled meanwhile, or the lease is lost.
    const current = await store.operations.held(session, operation)
    if (ending.kind === 'fail') return leave(deps, session, current, ending)
    if (ending.kind === 'retry') return retry(deps, session, current, ending)
    return cancelled(deps, session, current, ending)
  })
}

/** The usual way, in as few statements as it takes; nothing when the operation is not this holder's, or was cancelled. */
async function step(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  { result, subject }: Extract<Ending, { kind: 'step' }>
): Promise<Standing | undefined> {
  return result.kind === 'next'
    ? goOn(deps, session, operation, subject, result)
    : done(deps, session, operation, subject, result)
}

/** Deadlines and ages are the store's: the clock of this process may be wrong. */
function storeTime(deps: EngineDeps, operation: Operation): number {
  return operation.claimedAt ?? deps.now()
}

/** Not past the deadline; what no deadline ends would never pause again once it is over. */
function pauseOf(deps: EngineDeps, operation: Operation, stage: string, afterMs: number): number {
  const { kind, deadlineAt } = operation
  if (deps.kinds[kind].mustFinish?.({ stage })) return afterMs
  return withinDeadline(afterMs, storeTime(deps, operation), deadlineAt)
}

async function retry(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  { afterMs, counts, description }: Extract<Ending, { kind: 'retry' }>
): Promise<Standing> {
  await deps.store.operations.record(
    session,
    operation,
    {
      next: 'retry',
      counts,
      afterMs: pauseOf(deps, operation, operation.stage, afterMs),
      ...(description === undefined ? {} : { description })
    },
    deps.settings.leaseMs
  )
  return { state: 'rests' }
}

async function goOn(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  subject: Subject,
  result: Extract<StepResult, { kind: 'next' }>
): Promise<Standing | undefined> {
  const { store, settings } = deps
  const { stage, note } = result
  const told = note === undefined ? {} : { description: note }
  const now = storeTime(deps, operation)
  const afterMs = result.afterMs ?? lookAgainAfterMs(now - operation.createdAt, deps.random())
  const next: Recorded =
    afterMs > 0
      ? { next: 'later', stage, afterMs: pauseOf(deps, operation, stage, afterMs), ...told }
      : { next: 'at once', stage, ...told }
  const recorded = await store.operations.recordUnlessCancelled(session, operation, next, settings.leaseMs)
  if (!recorded) return undefined
  await keep(deps, session, subject, result.made)
  await result.within?.(session)
  if (afterMs > 0) return { state: 'rests' }
  return { state: 'go on', operation: { ...operation, stage, attempts: 1, failures: 0 } }
}

async function done(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  subject: Subject,
  result: Extract<StepResult, { kind: 'done' }>
): Promise<Standing | undefined> {
  const recorded = await deps.store.operations.recordUnlessCancelled(
    session,
    operation,
    { next: 'end', state: 'succeeded' },
    deps.settings.leaseMs
  )
  if (!recorded) return undefined
  const current = { ...operation, answered: recorded.answered }
  await deps.kinds[operation.kind].success(deps, session, current, subject, result)
  await result.within?.(session)
  await result.confirm?.()
  return { state: 'succeeded' }
}

/**
 * Told to stop while the step ran. A create or bind that was made after all is kept in the books and taken down; anything else
 * is told again before its next step.
 */
async function cancelled(
  deps: EngineDeps,
  session: Session,
  current: Operation,
  { result, subject }: Extract<Ending, { kind: 'step' }>
): Promise<Standing> {
  const { cancel, kind } = current
  const { operations } = deps.store
  if (result.kind === 'next') {
    const later: Recorded = { next: 'later', stage: result.stage, afterMs: 0 }
    await operations.record(session, current, later, deps.settings.leaseMs)
    await keep(deps, session, subject, result.made)
    await result.within?.(session)
    return { state: 'rests' }
  }
  if (cancel !== undefined && (kind === 'create' || kind === 'bind' || kind === 'switch')) {
    await keep(deps, session, subject, result.made)
    return leave(deps, session, current, { kind: 'fail', failure: cancel, description: CANCELLED[cancel] })
  }
  await operations.record(session, current, { next: 'end', state: 'succeeded' }, deps.settings.leaseMs)
  await deps.kinds[kind].success(deps, session, current, subject, result)
  return { state: 'succeeded' }
}

/** Ends in failure, or goes first where something must be undone. */
async function leave(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  ending: Extract<Ending, { kind: 'fail' }>
): Promise<Standing> {
  const stage = await deps.kinds[operation.kind].wayOut?.(deps, session, operation, ending)
  if (stage === undefined) return fail(deps, session, operation, ending)
  const next: Recorded = { next: 'at once', stage, description: ending.description }
  await deps.store.operations.record(session, operation, next, deps.settings.leaseMs)
  return { state: 'go on', operation: { ...operation, stage, attempts: 1, failures: 0 } }
}

async function fail(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  ending: Extract<Ending, { kind: 'fail' }>
): Promise<Standing> {
  const { failure, description, broken } = ending
  const { kind } = operation
  const ended = {
    state: 'failed',
    failure,
    description,
    ...(kind === 'update' || kind === 'switch'
      ? { instanceUsable: broken === undefined, updateRepeatable: failure !== 'invalid' }
      : {}),
    ...(kind === 'delete' ? { instanceUsable: false } : {})
  } as const
  await deps.store.operations.record(session, operation, { next: 'end', ...ended }, deps.settings.leaseMs)
  // A deletion has taken over: it owns the state and does the cleaning.
  if (failure !== 'superseded') await deps.kinds[kind].failure(deps, session, operation, ending)
  if (broken) await deps.store.resources.change(session, operation.resource ?? '', { handle: broken })
  if (kind === 'update' && broken) {
    await deps.store.instances.change(session, operation.instance ?? '', { usable: false })
  }
  return ended
}

export function cancelledEnding(cancel: Cancel): { readonly failure: Failure; readonly description: string } {
  return { failure: cancel, description: CANCELLED[cancel] }
}
