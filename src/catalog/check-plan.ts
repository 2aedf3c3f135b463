import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { PlanEntry } from './files.ts'

/** A mistake at a place inside the plan. */
export interface PlanFault {
  readonly path: readonly (string | number)[]
  readonly text: string
}

const MOST_MAINTENANCE_CHARACTERS = 2000
/** Plan metadata of which Service Manager takes at most one. */
const PLATFORM_LISTS = ['supportedPlatforms', 'supportedPlatformNames', 'excludedPlatformNames']

/** What is wrong with a plan by itself, whoever sells it. */
export function planFaults(plan: PlanEntry): readonly PlanFault[] {
  return [...bindingFaults(plan), ...maintenanceFaults(plan), ...metadataFaults(plan)]
}

function bindingFaults(plan: PlanEntry): readonly PlanFault[] {
  const faults: PlanFault[] = []
  const bindable = plan.bindable ?? true
  if (plan.bindingRotatable && !bindable) {
    faults.push({ path: ['bindingRotatable'], text: 'bindingRotatable needs a plan that is bindable' })
  }
  if (plan.bindingLifetimeSeconds !== undefined && !bindable) {
    faults.push({
      path: ['bindingLifetimeSeconds'],
      text: 'bindingLifetimeSeconds needs a plan that is bindable'
    })
  }
  if (plan.renewLeadSeconds !== undefined && plan.renewLeadSeconds >= (plan.bindingLifetimeSeconds ?? 0)) {
    faults.push({
      path: ['renewLeadSeconds'],
      text: 'renewLeadSeconds must be shorter than bindingLifetimeSeconds'
    })
  }
  return faults
}

function maintenanceFaults({ maintenanceInfo }: PlanEntry): readonly PlanFault[] {
  if (!maintenanceInfo || JSON.stringify(maintenanceInfo).length <= MOST_MAINTENANCE_CHARACTERS) return []
  const text = `maintenanceInfo has more than ${MOST_MAINTENANCE_CHARACTERS} characters as JSON`
  return [{ path: ['maintenanceInfo'], text }]
}

function metadataFaults(plan: PlanEntry): readonly PlanFault[] {
  const faults: PlanFault[] = []
  const metadata = plan.metadata ?? {}
  if (plan.name === 'reference-instance') {
    faults.push({ path: ['name'], text: 'name reference-instance is reserved by Service Manager' })
  }
  if (plan.free && costsSomething(metadata)) {
    faults.push({ path: ['metadata', 'costs'], text: 'costs are not 0 although the plan is free' })
  }
  const lists = PLATFORM_LISTS.filter((name) => metadata[name] !== undefined)
  if (lists.length > 1) {
    faults.push({ path: ['metadata', lists[1] ?? ''], text: `only one of ${lists.join(', ')} may be there` })
  }
  if (metadata['supportsInstanceSharing'] === true && plan.bindable === false) {
    const path = ['metadata', 'supportsInstanceSharing']
    faults.push({ path, text: 'supportsInstanceSharing needs a plan that is bindable' })
  }
  return faults
}

function costsSomething(metadata: JsonObject): boolean {
  const costs = metadata['costs']
  if (!Array.isArray(costs)) return false
  return costs.some(
    (cost) => isObject(cost?.amount) && Object.values(cost.amount).some((amount) => amount !== 0)
  )
}
