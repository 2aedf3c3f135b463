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

/** How an instance comes to another plan or region. */
export type UpdateWay = 'update' | 'switch'

/** A change inside one provider and region is its driver's, where it can; anything else moves the instance. */
export function judgeUpdate(
  from: Pick<Plan, 'provider'>,
  to: Pick<Plan, 'provider'>,
  place: { readonly region: string; readonly wanted: string; readonly canUpdate: boolean }
): UpdateWay {
  const stays = from.provider === to.provider && place.region === place.wanted
  return stays && place.canUpdate ? 'update' : 'switch'
}

/** Why a plan may not be changed to another one; nothing when it may. */
export function whyNotUpdate(from: Plan, to: Plan): string | undefined {
  if (from.id === to.id || from.planUpdateable) return undefined
  return `the plan ${from.name} cannot be changed to another one`
}
