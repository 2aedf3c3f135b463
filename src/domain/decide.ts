import type { BindingState } from './binding.ts'
import type { InstanceState } from './instance.ts'
import type { Plan } from './offer.ts'
import type { Operation } from './operation.ts'

/** What a PUT on an id means, given what stands there. OSB 2.17 §§ Provisioning, Binding; platform-made re-sends included. */
export type PutVerdict =
  /** Nothing is there: make it. */
  | 'new'
  /** The same request, still running: the same operation again. */
  | 'running'
  /** The same request, done: the usual answer again. */
  | 'done'
  /** The same request, and it failed: the failed operation again, until a DELETE frees the id. */
  | 'failed'
  /** Another request under the same id: 409. */
  | 'conflict'
  /** Something else is going on: 422 ConcurrencyError. */
  | 'busy'

export function judgeProvision(state: InstanceState | undefined, same: boolean): PutVerdict {
  if (state === undefined || state === 'deleted') return 'new'
  if (!same) return 'conflict'
  const verdicts = { creating: 'running', ready: 'done', failed: 'failed', deleting: 'busy' } as const
  return verdicts[state]
}

export function judgeBind(state: BindingState | undefined, same: boolean): PutVerdict {
  if (state === undefined || state === 'deleted') return 'new'
  if (!same) return 'conflict'
  const verdicts = {
    binding: 'running',
    bound: 'done',
    expired: 'done',
    failed: 'failed',
    unbinding: 'busy'
  } as const
  return verdicts[state]
}

/** What a DELETE of an instance means, given its operation. */
export type DeleteVerdict = 'gone' | 'running' | 'start' | 'take over' | 'busy'

export function judgeDeprovision(
  state: InstanceState | undefined,
  operation: Pick<Operation, 'kind' | 'state'> | undefined
): DeleteVerdict {
  if (state === undefined || state === 'deleted') return 'gone'
  if (operation?.state !== 'in progress') return 'start'
  if (operation.kind === 'delete') return 'running'
  return operation.kind === 'create' ? 'take over' : 'busy'
}

export function judgeUnbind(
  state: BindingState | undefined,
  operation: Pick<Operation, 'kind' | 'state'> | undefined
): DeleteVerdict {
  if (state === undefined || state === 'deleted') return 'gone'
  if (operation?.state !== 'in progress') return 'start'
  if (operation.kind === 'unbind') return 'running'
  return operation.kind === 'bind' ? 'take over' : 'busy'
}

/** Why a plan may not be changed to another one; nothing when it may. */
export function whyNotUpdate(from: Plan, to: Plan, region: string): string | undefined {
  if (from.id === to.id) return undefined
  if (!from.planUpdateable) return `the plan ${from.name} cannot be changed to another one`
  if (from.provider !== to.provider) {
    return `a change from ${from.name} to ${to.name} would move the instance from ${from.provider} to ${to.provider}, which this broker cannot do yet`
  }
  if (!to.regions.includes(region)) {
    return `the plan ${to.name} is not offered in the region ${region}, and this broker cannot move an instance to another region yet`
  }
  return undefined
}
