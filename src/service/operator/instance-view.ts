import type { Binding, BindingState } from '../../domain/binding.ts'
import type { Instance, InstanceState } from '../../domain/instance.ts'
import type { Plan } from '../../domain/offer.ts'
import type { Resource, ResourceState } from '../../domain/resource.ts'
import type { OperationView } from './operation-view.ts'
import { timeOf, times } from './time.ts'

/** An instance as operators see it: no parameters, no context, nothing sealed. Times are ISO 8601. */
export interface InstanceView {
  /** Ours. */
  readonly id: string
  readonly platform: string
  /** The platform's own. */
  readonly osbId: string
  readonly state: InstanceState
  readonly usable: boolean
  readonly serviceId: string
  readonly planId: string
  readonly plan: string
  readonly provider: string
  readonly region: string
  readonly organization: string
  readonly space: string
  /** The last one asked for. */
  readonly operation: string
  readonly createdAt: string
  readonly readyAt?: string
  readonly deletedAt?: string
}

export interface ResourceView {
  readonly id: string
  readonly provider: string
  readonly family: string
  readonly region: string
  /** Its name at the provider. */
  readonly name: string
  readonly generation: number
  readonly state: ResourceState
  /** Something may stand at the provider: a driver was asked for it, and it is not known to be gone. */
  readonly mayStand: boolean
  /** Until when a source that a switch left behind is kept. */
  readonly retrievalUntil?: string
}

export interface BindingView {
  readonly id: string
  readonly osbId: string
  readonly state: BindingState
  /** Its name at the provider; the password is told to the platform only. */
  readonly login: string
  readonly app: string
  readonly createdAt: string
  readonly expiresAt?: string
  readonly renewBefore?: string
}

export interface InstanceDetails extends InstanceView {
  readonly labels: Readonly<Record<string, string>>
  readonly resources: readonly ResourceView[]
  readonly bindings: readonly BindingView[]
  /** The newest first, at most 20. */
  readonly operations: readonly OperationView[]
  /** Id of the last switch, however it ended. */
  readonly lastSwitch?: string
}

export function instanceView(instance: Instance, plan: Plan | undefined): InstanceView {
  const { id, platform, osbId, state, usable, serviceId, planId, region, organization, space } = instance
  return {
    id,
    platform,
    osbId,
    state,
    usable,
    serviceId,
    planId,
    plan: plan?.name ?? planId,
    provider: plan?.provider ?? '',
    region,
    organization,
    space,
    operation: instance.operation,
    createdAt: timeOf(instance.createdAt),
    ...times({ readyAt: instance.readyAt, deletedAt: instance.deletedAt })
  }
}

export function resourceView(resource: Resource): ResourceView {
  const { id, provider, family, region, name, generation, state, handle, retainedUntil } = resource
  return {
    id,
    provider,
    family,
    region,
    name,
    generation,
    state,
    mayStand: handle !== undefined && state !== 'gone',
    ...times({ retrievalUntil: state === 'retained' ? retainedUntil : undefined })
  }
}

export function bindingView(binding: Binding): BindingView {
  const { id, osbId, state, login, app, createdAt, expiresAt, renewBefore } = binding
  return {
    id,
    osbId,
    state,
    login,
    app,
    createdAt: timeOf(createdAt),
    ...times({ expiresAt, renewBefore })
  }
}
