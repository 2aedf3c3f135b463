import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { Instance } from '../domain/instance.ts'
import { newId } from '../domain/new-id.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import { revisionOf } from '../domain/revision.ts'
import { readDirective } from '../domain/switch.ts'
import type { Session } from '../store/session.ts'
import { begin } from './begin.ts'
import { type Change, changeOf } from './change.ts'
import { type Accepted, begun, conclude, failureRefusal } from './conclude.ts'
import type { Deps } from './deps.ts'
import { checkNetworks, requireAsync } from './plans.ts'
import { parseUpdate, type UpdateRequest } from './requests.ts'
import { keepSwitch, refuseSwitch, type Wanted } from './switches/accept-switch.ts'
import { trace } from './trace.ts'
import { whatRuns } from './what-runs.ts'

/** PATCH /v2/service_instances/{id}. */
export async function update(
  deps: Deps,
  caller: Caller,
  osbId: string,
  acceptsIncomplete: boolean,
  body: JsonObject
): Promise<Answer> {
  const request = parseUpdate(body)
  const { store } = deps
  const accepted = await store.database.write(async (session) => {
    const instance = await store.instances.hold(session, caller.platform.name, osbId)
    if (!instance || instance.state === 'deleted')
      throw new Refusal(404, 'there is no service instance with this id')
    if (request.serviceId !== instance.serviceId) {
      throw new Refusal(400, 'service_id is not the one this service instance was made with')
    }
    const running = await whatRuns(deps, session, instance, identityOf(request))
    return running ?? accept(deps, session, caller, instance, acceptsIncomplete, request)
  })
  return conclude(deps, accepted, acceptsIncomplete, {
    accepted: {},
    done: async () => ({ status: 200, body: {} }),
    failed: (operation) =>
      failureRefusal(operation, 422, {
        instanceUsable: operation.instanceUsable ?? true,
        updateRepeatable: operation.updateRepeatable ?? true
      })
  })
}

function identityOf(request: UpdateRequest): string {
  const { serviceId, planId = '', parameters, maintenanceVersion = '' } = request
  return canonicalJson({ serviceId, planId, parameters, maintenanceVersion })
}

async function accept(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  acceptsIncomplete: boolean,
  request: UpdateRequest
): Promise<Accepted> {
  const change = await changeOf(deps, session, caller, instance, request)
  const context = contextOf(deps, instance, request)
  if (!change.any) {
    if (context) await deps.store.instances.change(session, instance.id, { context })
    return { kind: 'answer', answer: { status: 200, body: {} } }
  }
  if (change.concernsProvider) checkNetworks(deps, caller, change.to)
  if (change.way === 'switch')
    return beginSwitch(deps, session, caller, instance, acceptsIncomplete, request, change, context)
  requireAsync(change.to, acceptsIncomplete)
  return keep(deps, session, caller, instance, request, change, context)
}

/** To another provider or region. It takes as long as the data is large: never within a request. */
async function beginSwitch(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  acceptsIncomplete: boolean,
  request: UpdateRequest,
  { from, to, region, parameters }: Change,
  context: JsonObject | undefined
): Promise<Accepted> {
  const { switch: directive } = request.parameters
  const wanted: Wanted = {
    kind: 'switch',
    instance,
    from,
    to,
    region,
    parameters,
    directive: readDirective(isObject(directive) ? directive : undefined),
    requestHash: deps.store.seal.hash(identityOf(request)),
    identity: identityOf(request),
    ...(context ? { context } : {})
  }
  refuseSwitch(deps, caller.platform, wanted)
  if (!acceptsIncomplete) throw refuse('AsyncRequired')
  const operation = await keepSwitch(deps, session, wanted)
  await deps.store.audit.insert(
    session,
    trace(caller, deps.now(), {
      action: 'switch',
      subject: `instance ${instance.osbId}`,
      operation: operation.id,
      detail: { from: from.name, to: to.name, region }
    })
  )
  return begun(operation)
}

async function keep(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  request: UpdateRequest,
  change: Change,
  context: JsonObject | undefined
): Promise<Accepted> {
  const { store } = deps
  const id = newId()
  const { digest, body } = revisionOf(change.to)
  await store.planRevisions.keep(session, digest, body, change.to.id)
  const operation = await begin(deps, session, instance, change.to, {
    id,
    kind: 'update',
    stage: 'update',
    requestHash: store.seal.hash(identityOf(request)),
    request: {
      identity: identityOf(request),
      parameters: change.parameters,
      ...(context ? { context } : {})
    },
    revision: digest
  })
  await store.instances.change(session, instance.id, {
    operation: id,
    planIds: [...new Set([...instance.planIds, change.to.id])]
  })
  await store.audit.insert(
    session,
    trace(caller, deps.now(), {
      action: 'update',
      subject: `instance ${instance.osbId}`,
      operation: id,
      detail: { from: change.from.name, to: change.to.name }
    })
  )
  return begun(operation)
}

function contextOf(deps: Deps, instance: Instance, request: UpdateRequest): JsonObject | undefined {
  const allowed = deps.catalog.current().offering(instance.serviceId)?.allowContextUpdates ?? true
  return allowed ? request.context : undefined
}
