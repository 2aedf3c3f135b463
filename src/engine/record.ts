import { randomUUID } from 'node:crypto'
import type { Handle } from '../contract/adapter.ts'
import { isObject } from '../contract/read.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { Cancel, EndedOperation, Failure, Operation } from '../domain/operation.ts'
import { provisionIdentity } from '../domain/request-identity.ts'
import type { BindingChange } from '../store/bindings.ts'
import type { Recorded } from '../store/record-statement.ts'
import type { ResourceChange } from '../store/resources.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'
import { targetOf, wantedParameters } from './kinds/update.ts'
import { lookAgainAfterMs, withinDeadline } from './pace.ts'
import type { Made, StepResult } from './step.ts'
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

/** OSB 2.17 lets a predecessor live on beside its successor; nobody was seen to delete it, so it ends by itself. */
const PREDECESSOR_LIVES_MS = 7 * 24 * 3600 * 1000

const CANCELLED: Readonly<Record<Cancel, string>> = {
  superseded: 'stopped because a deletion was requested',
  abandoned: 'stopped because it took longer than the request could wait',
  'by operator': 'ended by an operator of the broker'
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
    if (ending.kind === 'fail') return fail(deps, session, current, ending)
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
      afterMs: withinDeadline(afterMs, storeTime(deps, operation), operation.deadlineAt),
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
      ? { next: 'later', stage, afterMs: withinDeadline(afterMs, now, operation.deadlineAt), ...told }
      : { next: 'at once', stage, ...told }
  const recorded = await store.operations.recordUnlessCancelled(session, operation, next, settings.leaseMs)
  if (!recorded) return undefined
  await keep(deps, session, subject, result.made)
  if (afterMs > 0) return { state: 'rests' }
  return { state: 'go on', operation: { ...operation, stage, attempts: 1, failures: 0 } }
}

/** What a step made is kept, whatever becomes of the operation. */
async function keep(
  deps: EngineDeps,
  session: Session,
  { resource, binding }: Subject,
  made: Made = {},
  change: { readonly resource?: ResourceChange; readonly binding?: BindingChange } = {}
): Promise<void> {
  const { handle, ...ofBinding } = made
  const isNew = handle !== undefined && canonicalJson(handle) !== canonicalJson(resource.handle ?? null)
  await deps.store.resources.change(session, resource.id, {
    ...(isNew ? { handle } : {}),
    ...change.resource
  })
  if (binding) await deps.store.bindings.change(session, binding.id, { ...ofBinding, ...change.binding })
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
  await SUCCESS[operation.kind](deps, session, current, subject, result)
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
    return { state: 'rests' }
  }
  if (cancel !== undefined && (kind === 'create' || kind === 'bind')) {
    await keep(deps, session, subject, result.made)
    return fail(deps, session, current, { kind: 'fail', failure: cancel, description: CANCELLED[cancel] })
  }
  await operations.record(session, current, { next: 'end', state: 'succeeded' }, deps.settings.leaseMs)
  await SUCCESS[kind](deps, session, current, subject, result)
  return { state: 'succeeded' }
}

type AtEnd = (
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  subject: Subject,
  result: Extract<StepResult, { kind: 'done' }>
) => Promise<void>

const SUCCESS: Readonly<Record<Operation['kind'], AtEnd>> = {
  async create(deps, session, _operation, subject, { made }) {
    const { store, now } = deps
    await store.instances.change(session, subject.instance.id, {
      state: 'ready',
      usable: true,
      readyAt: now()
    })
    await keep(deps, session, subject, made, { resource: { state: 'active' } })
  },

  async update(deps, session, operation, subject, { made }) {
    const { instance, resource } = subject
    const plan = await targetOf(deps, session, subject)
    const parameters = wantedParameters(subject)
    const context = operation.request?.['context']
    const { serviceId, organization, space } = instance
    await deps.store.instances.change(session, instance.id, {
      planId: plan.id,
      revision: operation.revision ?? instance.revision,
      parameters,
      usable: true,
      requestHash: deps.store.seal.hash(
        provisionIdentity({ serviceId, planId: plan.id, organization, space, parameters })
      ),
      labels: { ...instance.labels, isolation: plan.isolation },
      ...(isObject(context) ? { context } : {})
    })
    const revision = operation.revision ?? resource.revision
    await keep(deps, session, subject, made, { resource: { revision } })
  },

  async delete(deps, session, _operation, { instance, resource }) {
    await deps.store.instances.change(session, instance.id, { state: 'deleted', deletedAt: deps.now() })
    await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
  },

  async bind(deps, session, operation, subject, { made }) {
    const { binding, instance } = subject
    if (!binding) return
    const { store } = deps
    await keep(deps, session, subject, made, { binding: { state: 'bound' } })
    if (binding.predecessor !== undefined) await endPredecessor(deps, session, binding.predecessor)
    if (operation.answered) return
    // The request that waits for this answers with the credentials.
    await store.audit.insert(session, {
      at: deps.now(),
      platform: operation.platform,
      actor: 'platform',
      action: 'disclose credentials',
      subject: `binding ${binding.osbId}`,
      operation: operation.id,
      detail: { login: binding.login, instance: instance.osbId }
    })
  },

  async unbind(deps, session, operation, { binding }, { restIsCleanUp }) {
    if (!binding) return
    if (restIsCleanUp) await cleanUp(deps, session, operation, 'unbind')
    await deps.store.bindings.change(session, binding.id, { state: 'deleted', deletedAt: deps.now() })
  },

  async 'clean-up'(deps, session, operation, { resource }) {
    if (operation.binding !== undefined) return
    await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
  }
}

async function endPredecessor(deps: EngineDeps, session: Session, id: string): Promise<void> {
  const predecessor = await deps.store.bindings.byId(session, id)
  if (predecessor?.state !== 'bound') return
  const latest = deps.now() + PREDECESSOR_LIVES_MS
  await deps.store.bindings.change(session, id, {
    expiresAt: Math.min(predecessor.expiresAt ?? Number.POSITIVE_INFINITY, latest),
    renewBefore: Math.min(predecessor.renewBefore ?? Number.POSITIVE_INFINITY, deps.now())
  })
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
    ...(kind === 'update'
      ? { instanceUsable: broken === undefined, updateRepeatable: failure !== 'invalid' }
      : {}),
    ...(kind === 'delete' ? { instanceUsable: false } : {})
  } as const
  await deps.store.operations.record(session, operation, { next: 'end', ...ended }, deps.settings.leaseMs)
  // A deletion has taken over: it owns the state and does the cleaning.
  if (failure !== 'superseded') await FAILED[kind](deps, session, operation)
  if (broken) await deps.store.resources.change(session, operation.resource ?? '', { handle: broken })
  if (kind === 'update' && broken) {
    await deps.store.instances.change(session, operation.instance ?? '', { usable: false })
  }
  return ended
}

const FAILED: Readonly<
  Record<Operation['kind'], (deps: EngineDeps, session: Session, operation: Operation) => Promise<void>>
> = {
  async create(deps, session, operation) {
    const { store } = deps
    // Nobody was told 202: the id is free again at once. Otherwise the failed operation stays readable until a DELETE.
    await store.instances.change(
      session,
      operation.instance ?? '',
      operation.answered ? { state: 'failed' } : { state: 'deleted', deletedAt: deps.now() }
    )
    await cleanUp(deps, session, operation, 'release')
  },

  async update() {},

  async delete(deps, session, operation) {
    await deps.store.instances.change(session, operation.instance ?? '', { state: 'failed', usable: false })
  },

  async bind(deps, session, operation) {
    await deps.store.bindings.change(
      session,
      operation.binding ?? '',
      operation.answered ? { state: 'failed' } : { state: 'deleted', deletedAt: deps.now() }
    )
    await cleanUp(deps, session, operation, 'unbind')
  },

  async unbind(deps, session, operation) {
    const binding = await deps.store.bindings.byId(session, operation.binding ?? '')
    await deps.store.bindings.change(session, operation.binding ?? '', {
      state: binding?.answer ? 'bound' : 'failed'
    })
  },

  async 'clean-up'() {}
}

/** An operation of its own, without limit in time: whatever an ended one may have left at the provider. */
export async function cleanUp(
  deps: EngineDeps,
  session: Session,
  cause: Pick<Operation, 'platform' | 'instance' | 'binding' | 'resource'>,
  stage: 'release' | 'unbind'
): Promise<void> {
  const { platform, instance, binding, resource } = cause
  await deps.store.operations.insert(session, {
    id: randomUUID(),
    kind: 'clean-up',
    stage,
    platform,
    answered: true,
    now: deps.now(),
    ...(instance === undefined ? {} : { instance }),
    ...(binding === undefined ? {} : { binding }),
    ...(resource === undefined ? {} : { resource })
  })
}

export function cancelledEnding(cancel: Cancel): { readonly failure: Failure; readonly description: string } {
  return { failure: cancel, description: CANCELLED[cancel] }
}
