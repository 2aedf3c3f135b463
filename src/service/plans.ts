import type { JsonObject } from '../contract/json.ts'
import type { Caller } from '../domain/caller.ts'
import type { Plan } from '../domain/offer.ts'
import type { Platform } from '../domain/platform.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import { visibleRegions } from '../identity/visibility.ts'
import type { Deps } from './deps.ts'

/** A plan that this platform may order, and the regions it may order it in. What it may not see is as unknown to it as what is not there. */
export interface Choice {
  readonly plan: Plan
  readonly regions: readonly string[]
}

export function choose(deps: Deps, caller: Caller, serviceId: string, planId: string): Choice {
  const catalog = deps.catalog.current()
  const offering = catalog.offering(serviceId)
  const plan = catalog.plan(planId)
  const visible = offering?.plans.some((each) => regionsOf(deps, caller.platform, each).length > 0)
  if (!offering || !visible) throw new Refusal(400, 'service_id names no service of the catalog')
  const regions = plan && plan.offeringId === offering.id ? regionsOf(deps, caller.platform, plan) : []
  if (!plan || regions.length === 0)
    throw new Refusal(400, 'plan_id names no plan of this service in the catalog')
  return { plan, regions }
}

function regionsOf(deps: Deps, platform: Platform, plan: Plan): readonly string[] {
  const provider = deps.catalog.current().providers.get(plan.provider)
  return provider ? visibleRegions(platform, plan, provider) : []
}

/** The region asked for, else the plan's own default where the platform sees it. */
export function regionFor(choice: Choice, parameters: JsonObject): string {
  const asked = parameters['region']
  if (asked === undefined) {
    const [first = choice.plan.defaultRegion] = choice.regions
    return choice.regions.includes(choice.plan.defaultRegion) ? choice.plan.defaultRegion : first
  }
  if (typeof asked === 'string' && choice.regions.includes(asked)) return asked
  throw new Refusal(400, `parameters.region must be one of ${choice.regions.join(', ')}`)
}

export function checkParameters(
  deps: Deps,
  kind: 'create' | 'update' | 'bind',
  plan: Plan,
  parameters: JsonObject
): void {
  const problems = deps.catalog.validate(kind, plan, parameters)
  if (problems.length === 0) return
  const text = problems.map(({ path, text: what }) => `parameters${path} ${what}`).join('; ')
  throw new Refusal(400, text)
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
