import { randomBytes } from 'node:crypto'
import { ProviderFailure } from '../contract/errors.ts'
import type { Operation } from '../domain/operation.ts'
import { LostLease } from '../store/operation-leases.ts'
import type { EngineDeps } from './deps.ts'
import type { Held } from './kind.ts'
import { GivesUp, type Outcome, outcomeOf } from './outcome.ts'
import { withoutBudgetMs } from './pace.ts'
import { cancelledEnding, type Ending, record, type Standing } from './record.ts'
import { callOf, loadSubject, subjectOf, type Works } from './subject.ts'

/** A step that renews its lease so often is stuck. */
const LONGEST_STEP_LEASES = 8

/** How a process ends: no further step is begun, and a while later those that still run are aborted. */
export interface Stopping {
  readonly drain: AbortSignal
  readonly halt: AbortSignal
}

/** Steps of one operation, one after the other, until it rests or ends. Each is committed before the next begins. */
export async function drive(
  deps: EngineDeps,
  claimed: Operation,
  stopping: Stopping,
  on?: Works
): Promise<Standing> {
  const { drain } = stopping
  const halt = deps.kinds[claimed.kind].isBrokenOff ? drain : stopping.halt
  const lease = keepLease(deps, claimed)
  let next: Next = { operation: claimed, ...(on ? { on } : {}) }
  try {
    for (;;) {
      if (drain.aborted || deps.recovery.reason()) return await rest(deps, next.operation)
      const signal = AbortSignal.any([halt, lease.stepBegins(next.operation)])
      const ending = endedAlready(deps, next.operation) ?? (await endingOf(deps, next, signal, halt))
      if (ending.kind === 'step' && ending.result.kind === 'next' && ending.result.held)
        next = { ...next, held: ending.result.held }
      const standing = await recorded(deps, next.operation, ending, halt)
      if (standing.state !== 'go on') {
        tell(deps, next.operation, standing)
        return standing
      }
      next = nextAfter(standing.operation, ending, next.held)
    }
  } finally {
    lease.end()
    await next.held?.release()
  }
}

/** What is confirmed last may turn out not to be so: then the step has failed after all. */
async function recorded(
  deps: EngineDeps,
  operation: Operation,
  ending: Ending,
  halt: AbortSignal
): Promise<Standing> {
  try {
    return await record(deps, operation, ending)
  } catch (thrown) {
    const isConfirmed = ending.kind === 'step' && ending.result.kind === 'done' && ending.result.confirm
    if (!isConfirmed || thrown instanceof LostLease) throw thrown
    return record(deps, operation, endingAfter(deps, operation, thrown, halt))
  }
}

/** What the next step works on: read only when it is not known from the step before. */
interface Next {
  readonly operation: Operation
  readonly on?: Works
  readonly held?: Held
}

function nextAfter(operation: Operation, ending: Ending, held: Held | undefined): Next {
  const kept = held ? { held } : {}
  if (ending.kind !== 'step') return { operation, ...kept }
  const { subject, result } = ending
  const { handle, ...ofBinding } = result.made ?? {}
  return {
    operation,
    ...kept,
    on: {
      ...subject,
      resource: handle ? { ...subject.resource, handle } : subject.resource,
      ...(subject.binding ? { binding: { ...subject.binding, ...ofBinding } } : {})
    }
  }
}

/** Cancelled or out of time: no further step is begun. */
function endedAlready(deps: EngineDeps, operation: Operation): Ending | undefined {
  const { cancel, deadlineAt, claimedAt, description } = operation
  if (deps.kinds[operation.kind].mustFinish?.(operation)) return undefined
  if (cancel !== undefined) return { kind: 'fail', ...cancelledEnding(cancel) }
  if (deadlineAt === undefined || (claimedAt ?? deps.now()) < deadlineAt) return undefined
  const last = description === undefined ? '' : `; the last that was heard: ${description}`
  return { kind: 'fail', failure: 'deadline', description: `it was not done in the time it had${last}` }
}

async function endingOf(
  deps: EngineDeps,
  { operation, on, held }: Next,
  signal: AbortSignal,
  halt: AbortSignal
): Promise<Ending> {
  // A try again was paid for when it was granted.
  if (operation.failures === 0) deps.retries.stepBegins(operation.provider ?? '')
  try {
    const { step, load } = deps.kinds[operation.kind]
    const works = on ?? (await load?.(deps, operation))
    const subject = works ? subjectOf(deps, operation, works) : await loadSubject(deps, operation)
    const result = await step(deps, subject, callOf(deps, subject, signal), { signal, held })
    return { kind: 'step', result, subject }
  } catch (thrown) {
    return endingAfter(deps, operation, thrown, halt)
  }
}

function endingAfter(deps: EngineDeps, operation: Operation, thrown: unknown, halt: AbortSignal): Ending {
  const reference = randomBytes(6).toString('hex')
  const outcome = outcomeOf(thrown, operation, {
    stopping: halt.aborted,
    jitter: deps.random(),
    reference,
    endless: deps.kinds[operation.kind].isEndless?.(operation) ?? false
  })
  const { id, kind, stage } = operation
  const facts = { operation: id, kind, stage, reference, next: outcome.next }
  if (thrown instanceof ProviderFailure)
    deps.log.warn({ ...facts, failure: thrown.kind, why: thrown.message }, 'a step failed')
  else if (thrown instanceof GivesUp)
    deps.log.info({ ...facts, why: thrown.message }, 'an operation gives up')
  else deps.log.error({ ...facts, err: thrown }, 'a step failed unexpectedly')
  if (outcome.next === 'fail') return { kind: 'fail', ...outcome }
  return { kind: 'retry', ...withinBudget(deps, operation, outcome) }
}

/** A provider most of whose steps fail is not asked more often for it: then this try comes later. */
function withinBudget(
  deps: EngineDeps,
  { provider = '' }: Operation,
  { next: _next, ...retry }: Extract<Outcome, { next: 'retry' }>
): Omit<Extract<Ending, { kind: 'retry' }>, 'kind'> {
  if (!retry.counts || deps.retries.take(provider)) return retry
  const afterMs = Math.max(retry.afterMs, withoutBudgetMs(deps.random()))
  const at = new Date(deps.now() + afterMs).toISOString().slice(11, 19)
  const said = retry.description === undefined ? '' : `${retry.description.replace(/\.$/, '')}; `
  return {
    ...retry,
    afterMs,
    description: `${said}much fails at the provider ${provider}, so the next try waits until ${at} UTC`
  }
}

/** The broker stops between two steps: the next process goes on at once. */
async function rest(deps: EngineDeps, operation: Operation): Promise<Standing> {
  return record(deps, operation, { kind: 'retry', afterMs: 0, counts: false })
}

function tell(deps: EngineDeps, operation: Operation, standing: Standing): void {
  if (standing.state !== 'succeeded' && standing.state !== 'failed') return
  deps.observer.operationEnded(operation.kind, standing.state)
  deps.log.info({ operation: operation.id, kind: operation.kind, state: standing.state }, 'operation ended')
}

interface KeptLease {
  /** Aborted when the lease is lost, or when this step must end. */
  stepBegins(operation: Operation): AbortSignal
  end(): void
}

/** Renews the lease while a long step runs; aborts the step when it is lost, stuck, out of time or no longer wanted. */
function keepLease(deps: EngineDeps, claimed: Operation): KeptLease {
  const { store, settings } = deps
  const kind = deps.kinds[claimed.kind]
  const lost = new AbortController()
  let step = new AbortController()
  let operation = claimed
  let renewals = 0
  const lose = (why: string) => lost.abort(new Error(why))
  // While the store does not answer, another process may take over, and two must not be at work. A long step is made for that.
  const endAfter = (ms: number) => (kind.isLong ? undefined : setTimeout(() => lose('the lease ran out'), ms))
  let end = endAfter(settings.leaseMs)
  let hasEnded = false

  async function renew(): Promise<void> {
    const asked = performance.now()
    const current = await store.database.write((session) =>
      store.operations.renew(session, claimed, settings.leaseMs)
    )
    if (!current) return lose('the lease is lost')
    clearTimeout(end)
    if (!hasEnded) end = endAfter(asked + settings.leaseMs - performance.now())
    if (!kind.isLong || kind.mustFinish?.(operation)) return
    if (current.cancelled) step.abort(new Error('the operation was cancelled'))
    if (current.isOver) step.abort(new Error('the operation has no time left'))
  }

  const timer = setInterval(() => {
    renewals++
    if (!kind.isLong && renewals > 3 * LONGEST_STEP_LEASES) return lose('the step took too long')
    renew().catch((error: unknown) =>
      deps.log.warn({ err: error, operation: claimed.id }, 'a lease could not be renewed')
    )
  }, settings.leaseMs / 3)
  return {
    stepBegins(next) {
      renewals = 0
      operation = next
      if (!kind.isLong) return lost.signal
      step = new AbortController()
      return AbortSignal.any([lost.signal, step.signal])
    },
    end() {
      hasEnded = true
      clearInterval(timer)
      clearTimeout(end)
    }
  }
}
