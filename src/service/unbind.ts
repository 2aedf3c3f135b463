import type { Binding } from '../domain/binding.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { judgeUnbind } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import { newId } from '../domain/new-id.ts'
import type { Operation } from '../domain/operation.ts'
import { refuse } from '../domain/refusal.ts'
import { isClosed } from '../domain/switch.ts'
import type { Session } from '../store/session.ts'
import { begin } from './begin.ts'
import type { Query } from './broker.ts'
import { type Accepted, begun, conclude, failureRefusal, GONE, stillRuns } from './conclude.ts'
import { checkIds, requireIds } from './deprovision.ts'
import type { Deps } from './deps.ts'
import { planOf, requireAsync } from './plans.ts'
import { predecessorOf } from './predecessor-of.ts'
import { trace } from './trace.ts'

/** DELETE /v2/service_instances/{id}/service_bindings/{id}. */
export async function unbind(
  deps: Deps,
  caller: Caller,
  instanceOsbId: string,
  osbId: string,
  acceptsIncomplete: boolean,
  query: Query
): Promise<Answer> {
  requireIds(query)
  const { store } = deps
  const accepted = await store.database.write(async (session) => {
    const instance = await store.instances.hold(session, caller.platform.name, instanceOsbId)
    const binding = instance && (await store.bindings.find(session, instance.id, osbId))
    const operation = binding && (await store.operations.byId(session, binding.operation))
    const verdict = judgeUnbind(binding?.state, operation)
    if (verdict === 'gone' || !binding || !instance) return GONE
    checkIds(query, instance)
    if (verdict === 'busy' || (await isMoving(deps, session, instance))) throw refuse('ConcurrencyError')
    if (verdict === 'running' && operation) return stillRuns(operation)
    return accept(deps, session, caller, instance, binding, operation, acceptsIncomplete)
  })
  return conclude(deps, accepted, acceptsIncomplete, {
    accepted: {},
    done: async () => ({ status: 200, body: {} }),
    failed: (failed) => failureRefusal(failed, 422)
  })
}

/** While a switch has the source closed, nobody's logins change. */
async function isMoving({ store }: Deps, session: Session, instance: Instance): Promise<boolean> {
  const operation = await store.operations.byId(session, instance.operation)
  return operation?.kind === 'switch' && operation.state === 'in progress' && isClosed(operation)
}

async function accept(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  binding: Binding,
  running: Operation | undefined,
  acceptsIncomplete: boolean
): Promise<Accepted> {
  const { store } = deps
  const plan = await planOf(deps, session, instance)
  requireAsync(plan, acceptsIncomplete)
  const waitsFor = await predecessorOf(deps, session, { binding: binding.id }, running)
  const id = newId()
  const operation = await begin(deps, session, instance, plan, {
    id,
    kind: 'unbind',
    stage: 'unbind',
    binding: binding.id,
    waitsFor
  })
  await store.bindings.change(session, binding.id, { state: 'unbinding', operation: id })
  await store.audit.insert(
    session,
    trace(caller, deps.now(), {
      action: 'unbind',
      subject: `binding ${binding.osbId}`,
      operation: id,
      detail: { instance: instance.osbId, login: binding.login }
    })
  )
  return begun(operation)
}
