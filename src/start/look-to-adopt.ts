import type { Sighting } from '../contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../contract/errors.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { unlikePlan } from '../engine/plan-differences.ts'
import { orderOf } from '../engine/subject.ts'
import type { OperatorDeps, ToAdopt } from '../service/operator/deps.ts'
import { callFor } from './look-call.ts'

const LOOK_MS = 20_000

type Deps = Pick<EngineDeps, 'registry' | 'ports' | 'brokerId' | 'allowFrom'>

/** What an adoption would fail with at its first step, which only looks. What may be mended by trying again is left to it. */
export async function lookToAdopt(deps: Deps, asked: ToAdopt): ReturnType<OperatorDeps['lookToAdopt']> {
  const { name, provider } = asked.resource
  try {
    const sighting = await sight(deps, asked)
    if (sighting?.state === 'broken') return new ProviderFailure('conflict', sighting.note)
    if (sighting?.state !== 'gone') return await anotherPlan(deps, asked)
    return new ProviderFailure('not-found', `Nothing called ${name} stands at ${provider} any more.`)
  } catch (error) {
    const isFinal = error instanceof ProviderFailure && !isRetryable(error) && error.kind !== 'unexpected'
    return isFinal ? error : undefined
  }
}

/** What is in a list is observed: with a handle the driver would begin to take it over. */
async function sight(deps: Deps, asked: ToAdopt): Promise<Sighting | undefined> {
  const { resource, plan, parameters } = asked
  const { driver, call } = at(deps, asked)
  if (resource.handle) return driver?.observe(resource.handle, call)
  return driver?.adopt?.(orderOf(deps, { resource }, plan, parameters), undefined, call)
}

/** Only what is in a list can have another: the rest is told by the driver itself. */
async function anotherPlan(deps: Deps, asked: ToAdopt): Promise<ProviderFailure | undefined> {
  const { name, provider, handle } = asked.resource
  const { driver, call } = at(deps, asked)
  if (!driver || !handle) return undefined
  const standing = { called: name, handle }
  const unlike = await unlikePlan(driver, standing, asked.plan, call)
  if (!unlike) return undefined
  const fitting: string[] = []
  for (const plan of asked.instead) {
    const fits = unlikePlan(driver, standing, plan, call).then((other) => !other)
    if (await fits.catch(() => false)) fitting.push(plan.name)
  }
  return new ProviderFailure('invalid', `${unlike.message} ${told(fitting, provider)}`)
}

function told(plans: readonly string[], provider: string): string {
  if (plans.length === 0) return `No other plan of the service at ${provider} says what it is.`
  return plans.length === 1
    ? `It is what the plan ${plans.join()} says.`
    : `It is what the plans ${plans.join(', ')} say.`
}

function at(deps: Deps, { resource: { provider, family } }: ToAdopt) {
  const reach = deps.registry.reach(provider, family)
  return {
    driver: deps.registry.driver(provider, family),
    call: callFor(deps.ports, { provider, reach }, LOOK_MS)
  }
}
