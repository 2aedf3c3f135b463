import { ProviderFailure } from '../../contract/errors.ts'
import type { Call } from '../../contract/ports.ts'
import { isObject } from '../../contract/read.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import type { Plan } from '../../domain/offer.ts'
import type { Session } from '../../store/session.ts'
import type { EngineDeps } from '../deps.ts'
import { Broken } from '../outcome.ts'
import { toldMs } from '../pace.ts'
import type { StepResult } from '../step-result.ts'
import { orderOf, type Subject } from '../subject.ts'

/** Stage: `update` (the driver, until the resource is as the new plan and parameters say). */
export async function updateStep(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { driver, resource, instance, plan } = subject
  const target = await deps.store.database.read((session) => targetOf(deps, session, subject))
  const parameters = wantedParameters(subject)
  const same =
    canonicalJson(plan.driverPlan) === canonicalJson(target.driverPlan) &&
    canonicalJson(parameters) === canonicalJson(instance.parameters)
  if (same) return { kind: 'done' }
  if (!driver.update || !resource.handle) {
    throw new ProviderFailure('invalid', 'the provider cannot change a service instance once it is made')
  }
  const sighting = await driver.update(resource.handle, orderOf(deps, subject, target, parameters), call)
  if (sighting.state === 'gone')
    throw new ProviderFailure('not-found', 'the service instance is gone at the provider')
  if (sighting.state === 'broken') throw new Broken(sighting.note, sighting.handle)
  const { handle } = sighting
  if (sighting.state === 'ready') return { kind: 'done', made: { handle } }
  return {
    kind: 'next',
    stage: 'update',
    made: { handle },
    ...(sighting.lookAgainInSeconds === undefined ? {} : { afterMs: toldMs(sighting.lookAgainInSeconds) }),
    ...(sighting.note === undefined ? {} : { note: sighting.note })
  }
}

/** `session`: the caller's, because a transaction that asks for a second connection may wait for ever when all are in use. */
export async function targetOf(deps: EngineDeps, session: Session, { operation }: Subject): Promise<Plan> {
  const target = await deps.store.planRevisions.byDigest(session, operation.revision ?? '')
  if (!target) throw new Error(`the plan revision ${operation.revision} is not in the store`)
  return target
}

export function wantedParameters({ operation, instance }: Subject) {
  const wanted = operation.request?.['parameters']
  return isObject(wanted) ? wanted : instance.parameters
}
