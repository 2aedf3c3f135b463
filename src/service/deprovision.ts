import type { Answer, Caller } from '../domain/caller.ts'
import { judgeDeprovision } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import { newId } from '../domain/new-id.ts'
import type { Operation } from '../domain/operation.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import type { Session } from '../store/session.ts'
import { begin } from './begin.ts'
import type { Query } from './broker.ts'
import { type Accepted, begun, conclude, failureRefusal, GONE, stillRuns } from './conclude.ts'
import type { Deps } from './deps.ts'
import { planOf, requireAsync } from './plans.ts'
import { predecessorOf } from './predecessor-of.ts'
import { trace } from './trace.ts'

/** DELETE /v2/service_instances/{id}. */
export async function deprovision(
  deps: Deps,
  caller: Caller,
  osbId: string,
  acceptsIncomplete: boolean,
  query: Query
): Promise<Answer> {
  requireIds(query)
  const { store } = deps
  const accepted = await store.database.write(async (session) => {
    const instance = await store.instances.hold(session, caller.platform.name, osbId)
    const operation = instance && (await store.operations.byId(session, instance.operation))
    const verdict = judgeDeprovision(instance?.state, operation)
    if (verdict === 'gone' || !instance) return GONE
    checkIds(query, instance)
    if (verdict === 'busy') throw refuse('ConcurrencyError')
    if (verdict === 'running' && operation) return stillRuns(operation)
    return accept(deps, session, caller, instance, operation, acceptsIncomplete)
  })
  return conclude(deps, accepted, acceptsIncomplete, {
    accepted: {},
    done: async () => ({ status: 200, body: {} }),
    failed: (failed) => failureRefusal(failed, 422, { instanceUsable: false })
  })
}

/** OSB: both are required, also for what does not exist. */
export function requireIds(query: Query): void {
  if (!query.serviceId) throw new Refusal(400, 'the query parameter service_id is required')
  if (!query.planId) throw new Refusal(400, 'the query parameter plan_id is required')
}

/** Every plan it has had is accepted: platforms differ in whether they name the old or the new one. */
export function checkIds(query: Query, instance: Instance): void {
  if (query.serviceId !== instance.serviceId) {
    throw new Refusal(400, 'service_id is not the one this service instance was made with')
  }
  if (!instance.planIds.includes(query.planId ?? '')) {
    throw new Refusal(400, 'plan_id is not the one this service instance has')
  }
}

async function accept(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  running: Operation | undefined,
  acceptsIncomplete: boolean
): Promise<Accepted> {
  const { store } = deps
  const plan = await planOf(deps, session, instance)
  requireAsync(plan, acceptsIncomplete)
  const forgotten = await checkBindings(deps, session, instance)

  const waitsFor = await predecessorOf(deps, session, { resource: instance.resource }, running)
  const id = newId()
  const operation = await begin(deps, session, instance, plan, {
    id,
    kind: 'delete',
    stage: 'release',
    waitsFor
  })
  for (const binding of forgotten) {
    await store.bindings.change(session, binding, { state: 'deleted', deletedAt: deps.now() })
  }
  await store.instances.change(session, instance.id, { state: 'deleting', operation: id })
  await store.audit.insert(
    session,
    trace(caller, deps.now(), { action: 'deprovision', subject: `instance ${instance.osbId}`, operation: id })
  )
  return begun(operation)
}

/**
 * OSB leaves it open what happens to bindings: a deprovision with bindings still there is refused, so that no application
 * loses its database by a slip. Bindings that failed were never handed out and go with the instance.
 */
async function checkBindings(deps: Deps, session: Session, instance: Instance): Promise<string[]> {
  const living = await deps.store.bindings.living(session, instance.id)
  if (living.some(({ state }) => state === 'binding' || state === 'unbinding'))
    throw refuse('ConcurrencyError')
  const standing = living.filter(({ state }) => state !== 'failed')
  if (standing.length > 0) {
    throw new Refusal(
      400,
      `this service instance still has ${standing.length} service bindings: delete them first`
    )
  }
  return living.map(({ id }) => id)
}
