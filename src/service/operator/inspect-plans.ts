import { makesLogins } from '../../contract/makes-logins.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { Plan } from '../../domain/offer.ts'
import type { Resource } from '../../domain/resource.ts'
import type { OperatorDeps } from './deps.ts'

/** Plans of one provider and family that take the same for granted, and a resource that shows whether it is so. */
interface Sample {
  readonly resource: Resource
  readonly plans: readonly string[]
}

/** Whether the plans fit what stands at their providers: one resource is asked for all plans alike. */
export async function inspectPlans(deps: OperatorDeps): Promise<readonly Diagnosis[]> {
  const samples = await samplesOf(deps)
  const found = await Promise.all(
    samples.map(async ({ resource, plans }) =>
      (await deps.inspectResource(resource)).map((finding) => ({
        about: `provider ${resource.provider}`,
        subject: `${plans.length === 1 ? 'plan' : 'plans'} ${plans.join(', ')}`,
        ...finding
      }))
    )
  )
  return found.flat()
}

async function samplesOf(deps: OperatorDeps): Promise<readonly Sample[]> {
  const { store, registry } = deps
  const samples = new Map<string, Sample>()
  await store.database.read(async (session) => {
    for (const resource of await store.resources.all(session)) {
      const { provider, family, state, handle, revision } = resource
      const driver = registry.driver(provider, family)
      if (state !== 'active' || !handle || !driver?.inspect) continue
      const plan = await store.planRevisions.byDigest(session, revision)
      if (!plan) continue
      const isDrivers = makesLogins(driver, plan.driverPlan)
      const key = `${provider} ${family} ${isDrivers}`
      if (!samples.has(key)) samples.set(key, { resource, plans: alike(deps, plan, isDrivers) })
    }
  })
  return [...samples.values()]
}

/** By name; the plan itself where the catalog does not have it any more. */
function alike({ catalog, registry }: OperatorDeps, plan: Plan, isDrivers: boolean): readonly string[] {
  const driver = registry.driver(plan.provider, plan.family)
  const names = catalog
    .current()
    .offerings.flatMap(({ plans }) => plans)
    .filter(({ provider, family }) => provider === plan.provider && family === plan.family)
    .filter(({ driverPlan }) => driver && makesLogins(driver, driverPlan) === isDrivers)
    .map(({ name }) => name)
  return names.length > 0 ? names : [plan.name]
}
