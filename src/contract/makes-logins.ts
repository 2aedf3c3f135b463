import type { Driver } from './adapter.ts'
import type { JsonObject } from './json.ts'

/** Whether the logins of a resource with this `driverPlan` are the driver's to make and to take back, and not the family's. */
export function makesLogins(driver: Driver, plan: JsonObject): boolean {
  return driver.bind !== undefined && (driver.makesLogins?.(plan) ?? true)
}
