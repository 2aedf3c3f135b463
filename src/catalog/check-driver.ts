import type { Driver } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import { makesLogins } from '../contract/makes-logins.ts'
import { compileSchema } from '../registry/schema-check.ts'
import { fieldName } from '../registry/schema-findings.ts'
import { choiceFaults } from './bind-choices.ts'
import type { PlanFault } from './check-plan.ts'
import type { PlanEntry } from './files.ts'

/** What a plan promises and this driver cannot do. */
export function driverFaults(plan: PlanEntry, driver: Driver, family: Family): readonly PlanFault[] {
  const faults = [...planSchemaFaults(plan.driverPlan, driver.planSchema)]
  if ((plan.bindable ?? true) && !canBind(driver, family, plan.driverPlan)) {
    const text =
      'the plan is bindable, but the driver has neither bind and unbind nor access for a family that has them'
    faults.push({ path: [plan.bindable === undefined ? 'name' : 'bindable'], text })
  }
  if (plan.planUpdateable && !driver.update && !canMove(driver, family, plan.driverPlan)) {
    faults.push({
      path: ['planUpdateable'],
      text: 'planUpdateable needs a driver that has update, or a family whose instances can switch provider'
    })
  }
  if (driver.makesLogins?.(plan.driverPlan) && plan.isolation !== 'dedicated') {
    const text =
      'the provider makes the logins of this plan, and they belong to a whole server: it must say isolation: dedicated'
    faults.push({ path: ['isolation'], text })
  }
  return [...faults, ...bindFaults(plan, driver, family)]
}

function bindFaults({ driverPlan }: PlanEntry, driver: Driver, family: Family): readonly PlanFault[] {
  const choices = driver.bindChoices?.(driverPlan) ?? {}
  return choiceFaults(family, choices).map((text) => ({ path: ['driverPlan'], text }))
}

/** A login must be possible to make and to take back. */
function canBind(driver: Driver, family: Family, plan: JsonObject): boolean {
  if (makesLogins(driver, plan)) return driver.unbind !== undefined
  return driver.access !== undefined && family.bind !== undefined && family.unbind !== undefined
}

/** Its instances can move to and from there. */
export function canMove(driver: Driver, family: Family, plan: JsonObject): boolean {
  return family.move !== undefined && driver.access !== undefined && !makesLogins(driver, plan)
}

function planSchemaFaults(driverPlan: JsonObject, planSchema: JsonObject): readonly PlanFault[] {
  try {
    const findings = compileSchema(planSchema, { namesUnknown: true })(driverPlan)
    return findings.map(({ path, text }) => ({
      path: ['driverPlan', ...path],
      text: `${fieldName('driverPlan', path)} ${text}`
    }))
  } catch {
    return [{ path: ['driverPlan'], text: "the driver's planSchema is not JSON Schema draft-04" }]
  }
}
