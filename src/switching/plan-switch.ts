import { ProviderFailure } from '../contract/errors.ts'
import type { Examination } from '../contract/move.ts'
import type { Destination } from '../domain/destination.ts'
import type { Instance } from '../domain/instance.ts'
import { newId } from '../domain/new-id.ts'
import { newTarget } from '../domain/new-target.ts'
import type { Operation } from '../domain/operation.ts'
import { Refusal } from '../domain/refusal.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { GivesUp } from '../engine/outcome.ts'
import { orderOf, type Subject, subjectOf } from '../engine/subject.ts'
import { moveCallOf } from './move-call.ts'
import { examine } from './precheck.ts'

const LONGEST_MS = 60_000

/**
 * A pre-check that nobody has ordered: the target is chosen and forgotten again, for a choice has no effect yet. Throws `Refusal`
 * where an end does not answer.
 */
export async function planSwitch(deps: EngineDeps, destination: Destination): Promise<Examination> {
  const signal = AbortSignal.timeout(LONGEST_MS)
  try {
    return await look(deps, destination, signal)
  } catch (error) {
    if (signal.aborted) throw new Refusal(503, 'The pre-check did not end within a minute: try again later.')
    if (!(error instanceof ProviderFailure || error instanceof GivesUp)) throw error
    throw new Refusal(503, `The pre-check cannot look: ${error.message}`)
  }
}

async function look(deps: EngineDeps, destination: Destination, signal: AbortSignal): Promise<Examination> {
  const { instance, from, to, region, parameters } = destination
  const { store } = deps
  const source = await store.database.read((session) => store.resources.byId(session, instance.resource))
  if (!source) throw new Error(`the instance ${instance.id} has no resource`)
  const operation = nobodys(instance)
  const left = subjectOf(deps, operation, { instance, resource: source, plan: from })
  const target = subjectOf(deps, operation, {
    instance,
    resource: newTarget(instance, to, region, 1),
    plan: to
  })
  const { move } = left.family
  if (!move)
    throw new GivesUp('invalid', `instances of ${source.family} cannot switch provider or region yet`)
  const call = moveCallOf(deps, target, signal)
  const sighting = await target.driver.create(orderOf(deps, target, to, parameters), undefined, call)
  const handle = sighting.state === 'gone' ? {} : { handle: sighting.handle }
  return examine(
    deps,
    { from: endOf(left), to: { ...endOf(target), resource: { ...target.resource, ...handle } }, move },
    false,
    call
  )
}

function endOf({ resource, plan, driver }: Subject) {
  return { resource, plan, driver }
}

/** For the log and for ports only. */
function nobodys({ id, platform, resource }: Instance): Operation {
  return {
    id: newId(),
    kind: 'rehearse',
    state: 'in progress',
    stage: 'precheck',
    platform,
    instance: id,
    resource,
    answered: false,
    attempts: 1,
    failures: 0,
    dueAt: 0,
    leaseNumber: 0,
    takenOver: false,
    createdAt: 0
  }
}
