import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import { judgeUpdate, type UpdateWay, whyNotUpdate } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import { newId } from '../domain/new-id.ts'
import type { Plan } from '../domain/offer.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import { revisionOf } from '../domain/revision.ts'
import { readDirective } from '../domain/switch.ts'
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
import { keepSwitch, refuseSwitch, type Wanted, whyUnable } from './switches/accept-switch.ts'
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
      (operation.kind === 'update' || operation.kind === 'switch') &&
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
  /** Where it shall be. */
  readonly region: string
  readonly parameters: JsonObject
  readonly way: UpdateWay
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
  if (change.way === 'switch')
    return beginSwitch(deps, session, caller, instance, acceptsIncomplete, request, change, context)
  requireAsync(change.to, acceptsIncomplete)
  return begin(deps, session, caller, instance, request, change, context)
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
  const why = whyNotUpdate(from, to)
  if (why) throw new Refusal(422, why, { instanceUsable: true, updateRepeatable: false })

  const region = regionAfter(instance, seen, wanted)
  const parameters = parametersAfter(instance, seen, wanted)
  const parametersDiffer = canonicalJson(parameters) !== canonicalJson(instance.parameters)
  const concernsProvider =
    parametersDiffer ||
    canonicalJson(from.driverPlan) !== canonicalJson(to.driverPlan) ||
    region !== instance.region ||
    from.provider !== to.provider
  const any = parametersDiffer || revisionOf(to).digest !== instance.revision || region !== instance.region
  const canUpdate = !concernsProvider || deps.registry.driver(to.provider, to.family)?.update !== undefined
  const way = judgeUpdate(from, to, { region: instance.region, wanted: region, canUpdate })
  refuseIfRigid(deps, way, from, to)
  return { from, to, region, parameters, way, concernsProvider, any }
}

/** Where neither the provider can change it nor anything can be moved, that is what is told. */
function refuseIfRigid(deps: Deps, way: UpdateWay, from: Plan, to: Plan): void {
  if (way === 'update' || from.provider !== to.provider || !whyUnable(deps, from, to)) return
  throw new Refusal(422, `${to.provider} cannot change a service instance once it is made`, {
    instanceUsable: true,
    updateRepeatable: false
  })
}

/** The region that is asked for, else the one it is in, else the plan's own. */
function regionAfter(instance: Instance, to: Plan, wanted: JsonObject): string {
  const { region } = wanted
  if (typeof region === 'string') return region
  return to.regions.includes(instance.region) ? instance.region : to.defaultRegion
}

/** A region that the new plan does not have is not what the developer asks for any more. */
function parametersAfter(instance: Instance, to: Plan, wanted: JsonObject): JsonObject {
  const { region, ...others } = instance.parameters
  const isKept = region !== undefined && to.regions.includes(String(region))
  return { ...others, ...(isKept ? { region } : {}), ...wanted }
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

function contextOf(deps: Deps, instance: Instance, request: UpdateRequest): JsonObject | undefined {
  const allowed = deps.catalog.current().offering(instance.serviceId)?.allowContextUpdates ?? true
  return allowed ? request.context : undefined
}
