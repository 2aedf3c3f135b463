import { ProviderFailure } from '../../contract/errors.ts'
import { makesLogins } from '../../contract/makes-logins.ts'
import type { Call } from '../../contract/ports.ts'
import type { EngineDeps } from '../deps.ts'
import { goneIsFine } from '../outcome.ts'
import type { StepResult } from '../step-result.ts'
import type { Subject } from '../subject.ts'
import { bindingOf, loginOf } from './bind.ts'

/** Stage: `unbind`. The way of an unbind, of a failed bind's clean-up and of an expiry. */
export async function unbindStep(_deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { driver, family, resource, plan } = subject
  const binding = bindingOf(subject)
  if (!resource.handle || resource.state === 'gone') return { kind: 'done' }
  // The way it was bound: only a driver gives grants.
  if (binding.grant !== undefined || makesLogins(driver, plan.driverPlan)) {
    const unbound = driver.unbind?.(resource.handle, loginOf(binding), binding.grant, call)
    if (unbound) await goneIsFine(unbound)
    return { kind: 'done' }
  }
  if (!driver.access || !family.unbind) return { kind: 'done' }
  const access = await goneIsFine(driver.access(resource.handle, call))
  if (access === 'gone') return { kind: 'done' }
  const left = await goneIsFine(family.unbind(access, loginOf(binding), call))
  return left === 'locked out' ? lockedOut(subject) : { kind: 'done' }
}

/** The login is of no use any more: the platform need not wait for the tidying up. */
function lockedOut({ operation }: Subject): StepResult {
  if (operation.kind === 'unbind') return { kind: 'done', restIsCleanUp: true }
  throw new ProviderFailure('unavailable', 'the login is locked out, but cannot be removed yet')
}
