import type { JsonObject } from '../contract/json.ts'
import type { Caller } from '../domain/caller.ts'
import type { Instance } from '../domain/instance.ts'
import type { Plan } from '../domain/offer.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import type { Session } from '../store/session.ts'
import type { Deps } from './deps.ts'

/** Of what a platform waits, an operation uses so much at most. */
const EARLIER = 0.9

/** A plan that this platform may order. */
export interface Choice {
  /** As the catalog has it: what a plan revision is made of. */
  readonly plan: Plan
  /** As the platform sees it: hidden regions are not in it. */
  readonly seen: Plan
}

/** What a platform may not see is as unknown to it as what is not there. */
export function choose(deps: Deps, caller: Caller, serviceId: string, planId: string): Choice {
  const seen = deps.catalog.seenBy(caller.platform)
  if (!seen.offering(serviceId)) throw new Refusal(400, 'service_id names no service of the catalog')
  const seenPlan = seen.plan(planId)
  const plan = deps.catalog.current().plan(planId)
  if (!plan || seenPlan?.offeringId !== serviceId) {
    throw new Refusal(400, 'plan_id names no plan of this service in the catalog')
  }
  return { plan, seen: seenPlan }
}

/** The plan as it was when the instance was last ordered, whatever the catalog says now. */
export async function planOf(deps: Deps, session: Session, instance: Instance): Promise<Plan> {
  const plan = await deps.store.planRevisions.byDigest(session, instance.revision)
  if (!plan) throw new Error(`the plan revision ${instance.revision} is not in the store`)
  return plan
}

/** The region asked for, else the plan's default. */
export function regionFor({ seen }: Choice, parameters: JsonObject): string {
  const asked = parameters['region']
  if (asked === undefined) return seen.defaultRegion
  if (typeof asked === 'string' && seen.regions.includes(asked)) return asked
  throw new Refusal(400, `parameters.region must be one of ${seen.regions.join(', ')}`)
}

/** `plan`: as the platform sees it, so that an answer names no region that is hidden from it. */
export function checkParameters(
  deps: Deps,
  kind: 'create' | 'update' | 'bind',
  plan: Plan,
  parameters: JsonObject
): void {
  const problems = deps.catalog.validate(kind, plan, parameters)
  if (problems.length === 0) return
  throw new Refusal(400, problems.map(({ field, text }) => `${field} ${text}`).join('; '))
}

/** OSB "Maintenance Info Object": the version must be the catalog's. */
export function checkMaintenance(plan: Plan, version: string | undefined): void {
  if (version === undefined) return
  if (plan.maintenanceInfo?.version !== version) throw refuse('MaintenanceInfoConflict')
}

/** A provider's firewall is never left open: without knowing whom to let in nothing is ordered. */
export function checkNetworks(deps: Deps, caller: Caller, plan: Plan): void {
  const driver = deps.registry.driver(plan.provider, plan.family)
  if (!driver) throw new Refusal(400, `the provider ${plan.provider} is not configured`)
  if (driver.networkRules !== true) return
  const missing = [
    ...(caller.platform.allowFrom.length === 0 ? [`platforms.${caller.platform.name}.allowFrom`] : []),
    ...(deps.settings.brokerAddresses.length === 0 ? ['brokerAddresses'] : [])
  ]
  if (missing.length === 0) return
  throw new Refusal(
    400,
    `${plan.provider} lets in only networks that are named: ask the operator of this broker to set ${missing.join(' and ')}`
  )
}

export function requireAsync(plan: Plan, acceptsIncomplete: boolean): void {
  if (!plan.synchronous && !acceptsIncomplete) throw refuse('AsyncRequired')
}

/** A platform stops polling after `maximum_polling_duration`: by then the operation has said how it ended. */
export function deadlineMs(deps: Deps, kind: keyof Deps['settings']['deadlinesMs'], plan: Plan): number {
  return Math.min(deps.settings.deadlinesMs[kind], plan.maximumPollingDurationSeconds * 1000 * EARLIER)
}
