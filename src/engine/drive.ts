import { randomBytes } from 'node:crypto'
import { ProviderFailure } from '../contract/errors.ts'
import type { Operation } from '../domain/operation.ts'
import type { EngineDeps } from './deps.ts'
import { outcomeOf } from './outcome.ts'
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
  const { drain, halt } = stopping
  const lease = keepLease(deps, claimed)
  const signal = AbortSignal.any([halt, lease.lost])
  try {
    let next: Next = { operation: claimed, ...(on ? { on } : {}) }
    for (;;) {
      if (drain.aborted || deps.recovery.reason()) return await rest(deps, next.operation)
      lease.stepBegins()
      const ending = endedAlready(deps, next.operation) ?? (await endingOf(deps, next, signal, halt))
      const standing = await record(deps, next.operation, ending)
      if (standing.state !== 'go on') {
        tell(deps, next.operation, standing)
        return standing
      }
      next = nextAfter(standing.operation, ending)
    }
  } finally {
    lease.end()
  }
}

/** What the next step works on: read only when it is not known from the step before. */
interface Next {
  readonly operation: Operation
  readonly on?: Works
}

function nextAfter(operation: Operation, ending: Ending): Next {
  if (ending.kind !== 'step') return { operation }
  const { subject, result } = ending
  const { handle, ...ofBinding } = result.made ?? {}
  return {
    operation,
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
  if (cancel !== undefined) return { kind: 'fail', ...cancelledEnding(cancel) }
  if (deadlineAt === undefined || (claimedAt ?? deps.now()) < deadlineAt) return undefined
  const last = description === undefined ? '' : `; the last that was heard: ${description}`
  return { kind: 'fail', failure: 'deadline', description: `it was not done in the time it had${last}` }
}

async function endingOf(
  deps: EngineDeps,
  next: Next,
  signal: AbortSignal,
  halt: AbortSignal
): Promise<Ending> {
  const { operation } = next
  try {
    const subject = next.on ? subjectOf(deps, operation, next.on) : await loadSubject(deps, operation)
    const result = await deps.kinds[operation.kind].step(deps, subject, callOf(deps, subject, signal))
    return { kind: 'step', result, subject }
  } catch (thrown) {
    const reference = randomBytes(6).toString('hex')
    const outcome = outcomeOf(thrown, operation, {
      stopping: halt.aborted,
      jitter: deps.random(),
      reference,
      endless: deps.kinds[operation.kind].isEndless?.(operation) ?? false
    })
    const facts = {
      operation: operation.id,
      kind: operation.kind,
      stage: operation.stage,
      reference,
      next: outcome.next
    }
    if (thrown instanceof ProviderFailure)
      deps.log.warn({ ...facts, failure: thrown.kind, why: thrown.message }, 'a step failed')
    else deps.log.error({ ...facts, err: thrown }, 'a step failed unexpectedly')
    if (outcome.next === 'fail') return { kind: 'fail', ...outcome }
    const { afterMs, counts, description } = outcome
    return { kind: 'retry', afterMs, counts, ...(description === undefined ? {} : { description }) }
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
  readonly lost: AbortSignal
  stepBegins(): void
  end(): void
}

/** Renews the lease while a long step runs; aborts the step when it is lost or stuck. */
function keepLease(deps: EngineDeps, operation: Operation): KeptLease {
  const { store, settings } = deps
  const lost = new AbortController()
  let renewals = 0
  const timer = setInterval(() => {
    renewals++
    if (renewals > 3 * LONGEST_STEP_LEASES) {
      lost.abort(new Error('the step took too long'))
      return
    }
    store.database
      .write((session) => store.operations.renew(session, operation, settings.leaseMs))
      .then((held) => held || lost.abort(new Error('the lease is lost')))
      .catch((error: unknown) =>
        deps.log.warn({ err: error, operation: operation.id }, 'a lease could not be renewed')
      )
  }, settings.leaseMs / 3)
  return {
    lost: lost.signal,
    stepBegins() {
      renewals = 0
    },
    end: () => clearInterval(timer)
  }
}
