import { ProviderFailure } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/json.ts'
import { makesLogins } from '../../contract/makes-logins.ts'
import type { Call } from '../../contract/ports.ts'
import type { EngineDeps } from '../deps.ts'
import { Broken } from '../outcome.ts'
import { toldMs } from '../pace.ts'
import type { StepResult } from '../step-result.ts'
import { namesOf, orderOf, type Subject } from '../subject.ts'

/** Stages: `make` (the driver, until ready), `prepare` (the family, inside the ready resource). */
export async function createStep(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  return subject.operation.stage === 'prepare'
    ? prepare(deps, subject, true, call)
    : make(deps, subject, subject.instance.parameters, call)
}

export async function make(
  deps: EngineDeps,
  subject: Subject,
  parameters: JsonObject,
  call: Call
): Promise<StepResult> {
  const { driver, resource, plan, family } = subject
  const order = orderOf(deps, subject, plan, parameters)
  const sighting = await driver.create(order, resource.handle, call)
  if (sighting.state === 'gone') {
    throw new ProviderFailure(
      'not-found',
      'the service instance disappeared at the provider while it was being made'
    )
  }
  if (sighting.state === 'broken') throw new Broken(sighting.note, sighting.handle)
  const { handle } = sighting
  if (sighting.state === 'pending') {
    const { lookAgainInSeconds, note } = sighting
    return {
      kind: 'next',
      stage: 'make',
      made: { handle },
      ...(lookAgainInSeconds === undefined ? {} : { afterMs: toldMs(lookAgainInSeconds) }),
      ...(note === undefined ? {} : { note })
    }
  }
  if (!family.prepare || !driver.access) return { kind: 'done', made: { handle } }
  return { kind: 'next', stage: 'prepare', afterMs: 0, made: { handle } }
}

/** Inside there is only to prepare what the family's own logins need. What a move fills gets its default privileges from where it is filled from. */
export async function prepare(
  deps: EngineDeps,
  subject: Subject,
  defaultPrivileges: boolean,
  call: Call
): Promise<StepResult> {
  const { driver, family, resource, plan } = subject
  if (!driver.access || !family.prepare || !resource.handle) return { kind: 'done' }
  if (makesLogins(driver, plan.driverPlan)) return { kind: 'done' }
  const access = await driver.access(resource.handle, call)
  await family.prepare(access, namesOf(deps, resource), { defaultPrivileges }, call)
  return { kind: 'done' }
}
