import { randomUUID } from 'node:crypto'
import type { Handle } from '../contract/adapter.ts'
import { isObject } from '../contract/read.ts'
import type { Cancel, Failure, Operation } from '../domain/operation.ts'
import { provisionIdentity } from '../domain/request-identity.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'
import { targetOf, wantedParameters } from './kinds/update.ts'
import { lookAgainAfterMs, withinDeadline } from './pace.ts'
import type { StepResult } from './step.ts'
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
  | { readonly state: 'rests' | 'succeeded' | 'failed' }

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
    const current = await store.operations.held(session, operation)
    if (ending.kind === 'fail') return fail(deps, session, current, ending)
    if (ending.kind === 'retry') return retry(deps, session, current, ending)
    if (ending.result.kind === 'next') return goOn(deps, session, current, ending.result)
    return done(deps, session, current, ending.subject, ending.result)
  })
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
  result: Extract<StepResult, { kind: 'next' }>
): Promise<Standing> {
  const { store, settings } = deps
  const { stage, note } = result
  const told = note === undefined ? {} : { description: note }
  const now = storeTime(deps, operation)
  const afterMs = result.afterMs ?? lookAgainAfterMs(now - operation.createdAt, deps.random())
  if (afterMs > 0 || operation.cancel !== undefined) {
    const pause = withinDeadline(afterMs, now, operation.deadlineAt)
    await store.operations.record(
      session,
      operation,
      { next: 'later', stage, afterMs: pause, ...told },
      settings.leaseMs
    )
    await result.change?.(session)
    return { state: 'rests' }
  }
  await store.operations.record(session, operation, { next: 'at once', stage, ...told }, settings.leaseMs)
  await result.change?.(session)
  return { state: 'go on', operation: { ...operation, stage, attempts: 1, failures: 0 } }
}

async function done(
  deps: EngineDeps,
  session: Session,
  operation: Operation,
  subject: Subject,
  result: Extract<StepResult, { kind: 'done' }>
): Promise<Standing> {
  // Made after all, but a deletion or nobody waits for it: what was made is kept in the books and taken down.
  const { cancel } = operation
  if (cancel !== undefined && (operation.kind === 'create' || operation.kind === 'bind')) {
    await result.change?.(session)
    return fail(deps, session, operation, {
      kind: 'fail',
      failure: cancel,
      description: CANCELLED[cancel]
    })
  }
  await deps.store.operations.record(
    session,
    operation,
    { next: 'end', state: 'succeeded' },
    deps.settings.leaseMs
  )
  await result.change?.(session)
  await SUCCESS[operation.kind](deps, session, operation, subject)
  return { state: 'succeeded' }
}

type AtEnd = (deps: EngineDeps, session: Session, operation: Operation, subject: Subject) => Promise<void>

const SUCCESS: Readonly<Record<Operation['kind'], AtEnd>> = {
  async create({ store, now }, session, _operation, { instance, resource }) {
    await store.instances.change(session, instance.id, { state: 'ready', usable: true, readyAt: now() })
    await store.resources.change(session, resource.id, { state: 'active' })
  },

  async update(deps, session, operation, subject) {
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
    await deps.store.resources.change(session, resource.id, {
      revision: operation.revision ?? resource.revision
    })
  },

  async delete(deps, session, _operation, { instance, resource }) {
    await deps.store.instances.change(session, instance.id, { state: 'deleted', deletedAt: deps.now() })
    await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
  },

  async bind(deps, session, operation, { binding, instance }) {
    if (!binding) return
    const { store } = deps
    await store.bindings.change(session, binding.id, { state: 'bound' })
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

  async unbind(deps, session, _operation, { binding }) {
    if (!binding) return
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
  await deps.store.operations.record(
    session,
    operation,
    {
      next: 'end',
      state: 'failed',
      failure,
      description,
      ...(kind === 'update'
        ? { instanceUsable: broken === undefined, updateRepeatable: failure !== 'invalid' }
        : {}),
      ...(kind === 'delete' ? { instanceUsable: false } : {})
    },
    deps.settings.leaseMs
  )
  // A deletion has taken over: it owns the state and does the cleaning.
  if (failure !== 'superseded') await FAILED[kind](deps, session, operation)
  if (broken) await deps.store.resources.change(session, operation.resource ?? '', { handle: broken })
  if (kind === 'update' && broken) {
    await deps.store.instances.change(session, operation.instance ?? '', { usable: false })
  }
  return { state: 'failed' }
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
    ...(instance === undefined ? {} : { instance }),
    ...(binding === undefined ? {} : { binding }),
    ...(resource === undefined ? {} : { resource })
  })
}

export function cancelledEnding(cancel: Cancel): { readonly failure: Failure; readonly description: string } {
  return { failure: cancel, description: CANCELLED[cancel] }
}
