import type { Sighting } from '../contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../contract/errors.ts'
import type { EngineDeps } from '../engine/deps.ts'
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
    if (sighting?.state !== 'gone') return undefined
    return new ProviderFailure('not-found', `Nothing called ${name} stands at ${provider} any more.`)
  } catch (error) {
    const isFinal = error instanceof ProviderFailure && !isRetryable(error) && error.kind !== 'unexpected'
    return isFinal ? error : undefined
  }
}

/** What is in a list is observed: with a handle the driver would begin to take it over. */
async function sight(deps: Deps, { resource, plan, parameters }: ToAdopt): Promise<Sighting | undefined> {
  const { provider, family, handle } = resource
  const driver = deps.registry.driver(provider, family)
  const call = callFor(deps.ports, { provider, reach: deps.registry.reach(provider, family) }, LOOK_MS)
  if (handle) return driver?.observe(handle, call)
  return driver?.adopt?.(orderOf(deps, { resource }, plan, parameters), undefined, call)
}
