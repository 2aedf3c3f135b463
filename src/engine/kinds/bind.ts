import type { Access } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Family } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'
import { makesLogins } from '../../contract/makes-logins.ts'
import type { Call } from '../../contract/ports.ts'
import type { Binding } from '../../domain/binding.ts'
import { passwordOf } from '../../domain/names.ts'
import { checkAddress } from '../address.ts'
import type { EngineDeps } from '../deps.ts'
import { toldMs } from '../pace.ts'
import type { StepResult } from '../step-result.ts'
import type { Subject } from '../subject.ts'

/** Stage: `bind`. By the driver where the provider leaves no other way, else by the family with the owner's access. */
export async function bindStep(_deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { driver, plan } = subject
  return makesLogins(driver, plan.driverPlan) ? byDriver(subject, call) : byFamily(subject, call)
}

export function loginOf(binding: Binding): Login {
  return { name: binding.login, password: passwordOf(binding.seed) }
}

async function byDriver(subject: Subject, call: Call): Promise<StepResult> {
  const { driver, family, resource } = subject
  const binding = bindingOf(subject)
  if (!driver.bind || !driver.access || !resource.handle) throw notReady()
  const { state, grant, lookAgainInSeconds } = await driver.bind(
    resource.handle,
    loginOf(binding),
    binding.parameters,
    binding.grant,
    call
  )
  if (state === 'pending') {
    return {
      kind: 'next',
      stage: 'bind',
      made: { grant },
      ...(lookAgainInSeconds === undefined ? {} : { afterMs: toldMs(lookAgainInSeconds) })
    }
  }
  const access = await driver.access(resource.handle, call)
  const answer = answerTo(binding, grant.login ?? loginOf(binding), family, access)
  return { kind: 'done', made: { grant, answer } }
}

async function byFamily(subject: Subject, call: Call): Promise<StepResult> {
  const { driver, family, resource } = subject
  const binding = bindingOf(subject)
  if (!driver.access || !family.bind || !resource.handle) throw notReady()
  const access = await driver.access(resource.handle, call)
  const login = loginOf(binding)
  await family.bind(access, login, binding.parameters, call)
  return { kind: 'done', made: { answer: answerTo(binding, login, family, access) } }
}

/** What a bind answers: whoever made the login, the family says what an application needs to know. */
export function answerTo(binding: Binding, login: Login, family: Family, access: Access): JsonObject {
  checkAddress(access)
  const endpoints = family.endpoints?.(access)
  return {
    credentials: family.credentials(access, login, binding.view, binding.parameters),
    ...(endpoints ? { endpoints: endpoints.map((each) => ({ ...each })) } : {})
  }
}

export function bindingOf({ binding, operation }: Subject): Binding {
  if (!binding) throw new Error(`operation ${operation.id} has no binding`)
  return binding
}

function notReady(): ProviderFailure {
  return new ProviderFailure('invalid', 'this service instance cannot be bound')
}
