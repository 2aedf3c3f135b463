import type { JsonObject } from '../contract/json.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import { whyNotUpdate } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import { newId } from '../domain/new-id.ts'
import type { Plan } from '../domain/offer.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import { revisionOf } from '../domain/revision.ts'
import type { Session } from '../store/session.ts'
import { type Accepted, begun, conclude, failureRefusal, stillRuns } from './conclude.ts'
import type { Deps } from './deps.ts'
import {
  checkMaintenance,
  checkNetworks,
  checkParameters,
  choose,
  deadlineMs,
  planOf,
  requireAsync
} from './plans.ts'
import { parseUpdate, type UpdateRequest } from './requests.ts'
import { trace } from './trace.ts'

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
    const running = await whatRuns(deps, session, instance, request)
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

/** The same PATCH, still running, gets its operation again; anything else that runs refuses it. */
async function whatRuns(
  deps: Deps,
  session: Session,
  instance: Instance,
  request: UpdateRequest
): Promise<Accepted | undefined> {
  const operation = await deps.store.operations.byId(session, instance.operation)
  if (operation?.state === 'in progress') {
    const same =
      operation.kind === 'update' &&
      operation.requestHash !== undefined &&
      deps.store.seal.matches(operation.requestHash, identityOf(request))
    if (!same) throw refuse('ConcurrencyError')
    return stillRuns(operation)
  }
  if (instance.state !== 'ready') {
    throw new Refusal(422, 'this service instance has failed: it can only be deleted', {
      instanceUsable: false,
      updateRepeatable: false
    })
  }
  return undefined
}

function identityOf(request: UpdateRequest): string {
  const { serviceId, planId = '', parameters, maintenanceVersion = '' } = request
  return canonicalJson({ serviceId, planId, parameters, maintenanceVersion })
}

/** What an update comes down to. */
interface Change {
  readonly from: Plan
  readonly to: Plan
  readonly parameters: JsonObject
  /** The provider must hear of it. */
  readonly concernsProvider: boolean
  /** Anything besides the context differs. */
  readonly any: boolean
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
  requireAsync(change.to, acceptsIncomplete)
  return begin(deps, session, caller, instance, request, change, context)
}

async function begin(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  request: UpdateRequest,
  change: Change,
  context: JsonObject | undefined
): Promise<Accepted> {
  const { store, runner, settings } = deps
  const id = newId()
  const claimed = change.to.synchronous || runner.hasRoom()
  const { digest, body } = revisionOf(change.to)
  await store.planRevisions.keep(session, digest, body, change.to.id)
  const operation = await store.operations.insert(session, {
    id,
    kind: 'update',
    stage: 'update',
    platform: instance.platform,
    instance: instance.id,
    resource: instance.resource,
    requestHash: store.seal.hash(identityOf(request)),
    request: {
      identity: identityOf(request),
      parameters: change.parameters,
      ...(context ? { context } : {})
    },
    revision: digest,
    answered: !change.to.synchronous,
    deadlineMs: deadlineMs(deps, 'update', change.to),
    now: deps.now(),
    ...(claimed ? { leaseMs: settings.leaseMs } : {})
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

async function changeOf(
  deps: Deps,
  session: Session,
  caller: Caller,
  instance: Instance,
  request: UpdateRequest
): Promise<Change> {
  const from = await planOf(deps, session, instance)
  const to = targetOf(deps, caller, instance, request, from)
  // `switch` says how to move; it is never stored, returned or compared.
  const { switch: _directive, ...asked } = request.parameters
  const wanted = withoutOwnRegion(instance, asked)
  const seen = deps.catalog.seenBy(caller.platform).plan(to.id) ?? to
  checkParameters(deps, 'update', seen, request.parameters)
  const why = whyNotUpdate(from, to, instance.region) ?? whyNotMove(instance, wanted)
  if (why) throw new Refusal(422, why, { instanceUsable: true, updateRepeatable: false })

  const parameters = { ...instance.parameters, ...wanted }
  const parametersDiffer = canonicalJson(parameters) !== canonicalJson(instance.parameters)
  const concernsProvider = parametersDiffer || canonicalJson(from.driverPlan) !== canonicalJson(to.driverPlan)
  const driver = deps.registry.driver(to.provider, to.family)
  if (concernsProvider && !driver?.update) {
    throw new Refusal(422, `${to.provider} cannot change a service instance once it is made`, {
      instanceUsable: true,
      updateRepeatable: false
    })
  }
  const any = parametersDiffer || revisionOf(to).digest !== instance.revision
  return { from, to, parameters, concernsProvider, any }
}

/**
 * The plan it shall have. The plan that it has already stays at the instance's own revision unless `maintenance_info` asks
 * for what the catalog says now: Cloud Controller names the plan in every update.
 */
function targetOf(deps: Deps, caller: Caller, instance: Instance, request: UpdateRequest, from: Plan): Plan {
  const { planId = instance.planId, maintenanceVersion } = request
  if (planId !== instance.planId) {
    const { plan } = choose(deps, caller, request.serviceId, planId)
    checkMaintenance(plan, maintenanceVersion)
    return plan
  }
  if (maintenanceVersion === undefined) return from
  const current = deps.catalog.current().plan(planId) ?? from
  checkMaintenance(current, maintenanceVersion)
  return current
}

/** The region it has anyway is no change, also when it was never asked for. */
function withoutOwnRegion(instance: Instance, parameters: JsonObject): JsonObject {
  const { region, ...rest } = parameters
  const isOwn = region === instance.region && instance.parameters['region'] === undefined
  return isOwn ? rest : parameters
}

function whyNotMove(instance: Instance, parameters: JsonObject): string | undefined {
  const { region } = parameters
  if (region === undefined || region === instance.region) return undefined
  return `this broker cannot move a service instance from ${instance.region} to another region yet`
}

function contextOf(deps: Deps, instance: Instance, request: UpdateRequest): JsonObject | undefined {
  const allowed = deps.catalog.current().offering(instance.serviceId)?.allowContextUpdates ?? true
  return allowed ? request.context : undefined
}
