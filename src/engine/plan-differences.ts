import type { Driver, Handle } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Call } from '../contract/ports.ts'
import type { Plan } from '../domain/offer.ts'

/** Why `called` cannot be an instance of this plan; nothing where it is what the plan says, or nobody can see. */
export async function unlikePlan(
  driver: Driver,
  { called, handle }: { readonly called: string; readonly handle: Handle },
  { name, driverPlan }: Pick<Plan, 'name' | 'driverPlan'>,
  call: Call
): Promise<ProviderFailure | undefined> {
  const differences = (await driver.differences?.(handle, driverPlan, call)) ?? []
  if (differences.length === 0) return undefined
  return new ProviderFailure(
    'invalid',
    `${called} is not what the plan ${name} says: ${differences.join('; ')}.`
  )
}
