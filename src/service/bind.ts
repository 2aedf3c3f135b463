import type { JsonObject } from '../contract/json.ts'
import type { Binding } from '../domain/binding.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import { judgeBind } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import { randomName, randomSeed } from '../domain/names.ts'
import { newId } from '../domain/new-id.ts'
import type { Plan } from '../domain/offer.ts'
import type { Operation } from '../domain/operation.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import { bindIdentity } from '../domain/request-identity.ts'
import type { Resource } from '../domain/resource.ts'
import { isClosed } from '../domain/switch.ts'
import type { AuditEntry } from '../store/audit.ts'
import { present } from '../store/columns.ts'
import type { Session } from '../store/session.ts'
import { begin } from './begin.ts'
import { bindingAnswer } from './binding-answer.ts'
import { type Accepted, begun, conclude, failureRefusal } from './conclude.ts'
import type { Deps } from './deps.ts'
import { checkParameters, planOf, requireAsync } from './plans.ts'
import { type BindRequest, parseBind, viewOf } from './requests.ts'
import { trace } from './trace.ts'

/** PUT /v2/service_instances/{id}/service_bindings/{id}; with `predecessor_binding_id` a rotation. */
export async function bind(
  deps: Deps,
  caller: Caller,
  instanceOsbId: string,
  osbId: string,
  acceptsIncomplete: boolean,
  body: JsonObject
): Promise<Answer> {
  const request = parseBind(body)
  const { store } = deps
  const accepted = await store.database.write(async (session) => {
    const instance = await store.instances.hold(session, caller.platform.name, instanceOsbId)
    if (!instance || instance.state === 'deleted')
      throw new Refusal(404, 'there is no service instance with this id')
    checkIds(request, instance)
    // Sent together: none needs the answer of another.
    const [existing, running, resource] = await Promise.all([
      store.bindings.find(session, instance.id, osbId),
      store.operations.byId(session, instance.operation),
      store.resources.byId(session, instance.resource)
    ])
    const known = existing && (await again(deps, session, caller, instance, existing, request))
    if (known) return known
    checkInstance(instance, running)
    return accept(deps, session, caller, { instance, resource }, osbId, acceptsIncomplete, request)
  })
  return conclude(deps, accepted.outcome, acceptsIncomplete, {
    accepted: {},
    done: () => created(deps, caller, accepted),
    failed: (operation) => failureRefusal(operation, 400)
  })
}

interface Bound {
  readonly outcome: Accepted
  readonly instance: Instance
  readonly bindingId: string
  /** This very request made it. */
  readonly isNew: boolean
}

function checkIds(request: BindRequest, instance: Instance): void {
  if (request.serviceId !== undefined && request.serviceId !== instance.serviceId) {
    throw new Refusal(400, 'service_id is not the one this service instance was made with')
  }
  if (request.planId !== undefined && !instance.planIds.includes(request.planId)) {
    throw new Refusal(400, 'plan_id is not the one this service instance has')
  }
}

function identityOf(request: BindRequest): string {
  const { serviceId = '', planId = '', parameters, app, route, predecessor = '' } = request
  // A rotation is told by its predecessor alone; service_id and plan_id may be sent beside it or not.
  if (predecessor !== '')
    return bindIdentity({ serviceId: '', planId: '', parameters, app, route, predecessor })
  return bindIdentity({ serviceId, planId, parameters, app, route, predecessor })
}

async function again(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  existing: Binding,
  request: BindRequest
): Promise<Bound | undefined> {
  const verdict = judgeBind(
    existing.state,
    deps.store.seal.matches(existing.requestHash, identityOf(request))
  )
  switch (verdict) {
    case 'new':
      return undefined
    case 'conflict':
      throw new Refusal(409, 'another service binding with this id and other attributes is there already')
    case 'busy':
      throw refuse('ConcurrencyError')
    case 'done':
      await disclose(deps, session, caller, existing, instance)
      return answered(instance, existing, { status: 200, body: bindingAnswer(existing, caller) })
    case 'failed':
      return answered(instance, existing, { status: 202, body: { operation: existing.operation } })
    case 'running': {
      const operation = await deps.store.operations.byId(session, existing.operation)
      return {
        instance,
        bindingId: existing.id,
        isNew: false,
        outcome: {
          kind: 'operation',
          operationId: existing.operation,
          answered: operation?.answered ?? true
        }
      }
    }
  }
}

function answered(instance: Instance, binding: Binding, answer: Answer): Bound {
  return { instance, bindingId: binding.id, isNew: false, outcome: { kind: 'answer', answer } }
}

/** Every disclosure of credentials is a row of the audit. */
export async function disclose(
  deps: Deps,
  session: Session,
  caller: Caller,
  binding: Binding,
  instance: Pick<Instance, 'osbId'>
): Promise<void> {
  await deps.store.audit.insert(
    session,
    trace(caller, deps.now(), {
      action: 'disclose credentials',
      subject: `binding ${binding.osbId}`,
      detail: { login: binding.login, instance: instance.osbId }
    })
  )
}

/**
 * The answer of a bind that was awaited. That it is disclosed was written together with its success, once, for the request
 * that made it; whoever else waited for the same binding is another disclosure.
 */
async function created(
  deps: Deps,
  caller: Caller,
  { bindingId, instance, isNew, outcome }: Bound
): Promise<Answer> {
  const operationId = outcome.kind === 'operation' ? outcome.operationId : ''
  const { bindings, operations, database } = deps.store
  const [binding, operation] = await database.read((session) =>
    Promise.all([bindings.byId(session, bindingId), operations.byId(session, operationId)])
  )
  if (!binding) throw new Error(`the binding ${bindingId} is not in the store`)
  if (!isNew || operation?.answered !== false) {
    await database.write((session) => disclose(deps, session, caller, binding, instance))
  }
  return { status: isNew ? 201 : 200, body: bindingAnswer(binding, caller) }
}

async function accept(
  deps: Deps,
  session: Session,
  caller: Caller,
  { instance, resource }: { readonly instance: Instance; readonly resource: Resource | undefined },
  osbId: string,
  acceptsIncomplete: boolean,
  request: BindRequest
): Promise<Bound> {
  const { store } = deps
  const plan = await planOf(deps, session, instance)
  if (!plan.bindable) throw new Refusal(400, `the plan ${plan.name} is not bindable`)
  const predecessor = await predecessorOf(deps, session, instance, plan, request)
  const parameters = predecessor?.parameters ?? request.parameters
  checkParameters(deps, 'bind', plan, parameters)
  requireAsync(plan, acceptsIncomplete)

  const binding = intent(deps, instance, plan, osbId, { ...request, parameters }, predecessor)
  await store.bindings.insert(session, binding, identityOf(request))
  const operation = await begin(deps, session, instance, plan, {
    id: binding.operation,
    kind: 'bind',
    stage: 'bind',
    binding: binding.id
  })
  await store.audit.insert(session, traceOf(deps, caller, instance, binding, predecessor))
  return {
    instance,
    bindingId: binding.id,
    isNew: true,
    outcome: begun(operation, resource && { instance, resource, plan, binding })
  }
}

function traceOf(
  deps: Deps,
  caller: Caller,
  instance: Instance,
  binding: Binding,
  predecessor: Binding | undefined
): AuditEntry {
  return trace(caller, deps.now(), {
    action: predecessor ? 'rotate' : 'bind',
    subject: `binding ${binding.osbId}`,
    operation: binding.operation,
    detail: {
      instance: instance.osbId,
      login: binding.login,
      ...(predecessor ? { predecessor: predecessor.osbId } : {})
    }
  })
}

/** A switch lets others bind until it closes the source: their logins go along. */
function checkInstance(instance: Instance, operation: Operation | undefined): void {
  const isBusy = operation?.state === 'in progress'
  if (isBusy && (operation.kind !== 'switch' || isClosed(operation))) throw refuse('ConcurrencyError')
  if (instance.state !== 'ready' || !instance.usable) {
    throw new Refusal(422, 'this service instance has failed and cannot be bound')
  }
}

/** OSB "Rotating a Service Binding": a binding of the same instance that has not expired. */
async function predecessorOf(
  deps: Deps,
  session: Session,
  instance: Instance,
  plan: Plan,
  request: BindRequest
): Promise<Binding | undefined> {
  if (request.predecessor === undefined) return undefined
  if (!plan.bindingRotatable) throw new Refusal(400, `bindings of the plan ${plan.name} cannot be rotated`)
  const found = await deps.store.bindings.find(session, instance.id, request.predecessor)
  if (found?.state !== 'bound' || (found.expiresAt ?? Number.POSITIVE_INFINITY) <= deps.now()) {
    throw new Refusal(
      400,
      'predecessor_binding_id names no binding of this service instance that is still valid'
    )
  }
  const asked = Object.keys(request.parameters).length > 0
  if (asked && canonicalJson(request.parameters) !== canonicalJson(found.parameters)) {
    throw new Refusal(400, 'parameters must be left out in a rotation: those of the predecessor carry over')
  }
  return found
}

function intent(
  deps: Deps,
  instance: Instance,
  plan: Plan,
  osbId: string,
  request: BindRequest,
  predecessor: Binding | undefined
): Binding {
  const createdAt = deps.now()
  const { bindingLifetimeSeconds: lifetime, renewLeadSeconds: lead = 0 } = plan
  const expiresAt = lifetime === undefined ? undefined : createdAt + lifetime * 1000
  return present<Binding>({
    id: newId(),
    instance: instance.id,
    osbId,
    state: 'binding',
    serviceId: instance.serviceId,
    planId: request.planId ?? instance.planId,
    requestHash: '',
    parameters: request.parameters,
    login: randomName('b'),
    seed: randomSeed(),
    grant: undefined,
    answer: undefined,
    view: viewOf(request.context) ?? predecessor?.view ?? instance.view,
    app: request.app || (predecessor?.app ?? ''),
    predecessor: predecessor?.id,
    operation: newId(),
    expiresAt,
    renewBefore: expiresAt === undefined ? undefined : expiresAt - lead * 1000,
    createdAt
  })
}
