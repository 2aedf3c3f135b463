import type { JsonObject } from '../contract/json.ts'
import { makesLogins } from '../contract/makes-logins.ts'
import type { Caller } from '../domain/caller.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import { judgeUpdate, type UpdateWay, whyNotUpdate } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import type { Plan } from '../domain/offer.ts'
import { Refusal } from '../domain/refusal.ts'
import { revisionOf } from '../domain/revision.ts'
import type { Session } from '../store/session.ts'
import type { Deps } from './deps.ts'
import { checkMaintenance, checkParameters, choose, planOf } from './plans.ts'
import type { UpdateRequest } from './requests.ts'
import { whyUnable } from './switches/accept-switch.ts'

/** What an update comes down to. */
export interface Change {
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

/** Throws where the plan is not the platform's to have, or cannot be changed to. */
export async function changeOf(
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
  if (way === 'update') refuseOtherLogins(deps, from, to)
  refuseIfRigid(deps, way, { from, to, canUpdate })
  return { from, to, region, parameters, way, concernsProvider, any }
}

/** The logins that are there would belong to nobody. */
function refuseOtherLogins(deps: Deps, from: Plan, to: Plan): void {
  const driver = deps.registry.driver(to.provider, to.family)
  if (!driver || makesLogins(driver, from.driverPlan) === makesLogins(driver, to.driverPlan)) return
  const [own, other] = makesLogins(driver, to.driverPlan) ? [to, from] : [from, to]
  const text =
    own.id === other.id
      ? `the plan ${to.name} has changed who makes its logins: a service instance keeps the way it was made with`
      : `${own.provider} makes the logins of ${own.name}, but not those of ${other.name}: a service instance cannot change between the two`
  throw new Refusal(422, text, { instanceUsable: true, updateRepeatable: false })
}

/** Where neither the provider can change it nor anything can be moved, that is what is told. Where it can, it was the region that was asked for. */
function refuseIfRigid(
  deps: Deps,
  way: UpdateWay,
  { from, to, canUpdate }: { readonly from: Plan; readonly to: Plan; readonly canUpdate: boolean }
): void {
  if (way === 'update' || canUpdate || from.provider !== to.provider || !whyUnable(deps, from, to)) return
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
