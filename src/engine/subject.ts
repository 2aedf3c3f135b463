import type { Driver, Mark, Order } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Family, Names } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Call } from '../contract/ports.ts'
import type { Binding } from '../domain/binding.ts'
import type { Instance } from '../domain/instance.ts'
import { secretOf } from '../domain/names.ts'
import type { Plan } from '../domain/offer.ts'
import type { Operation } from '../domain/operation.ts'
import type { Resource } from '../domain/resource.ts'
import type { EngineDeps } from './deps.ts'

/** What an operation works on, as it is committed now. */
export interface Subject {
  readonly operation: Operation
  readonly instance: Instance
  readonly resource: Resource
  readonly binding?: Binding
  /** The revision that the resource was ordered by. */
  readonly plan: Plan
  readonly driver: Driver
  readonly family: Family
}

/** What an operation works on, for who has just written it. */
export interface Works {
  readonly instance: Instance
  readonly resource: Resource
  readonly plan: Plan
  readonly binding?: Binding
}

export async function loadSubject(deps: EngineDeps, operation: Operation): Promise<Subject> {
  const { store } = deps
  const found = await store.database.read(async (session) => {
    const resource = await store.resources.byId(session, operation.resource ?? '')
    return {
      resource,
      instance: await store.instances.byId(session, operation.instance ?? ''),
      binding:
        operation.binding === undefined ? undefined : await store.bindings.byId(session, operation.binding),
      plan: resource && (await store.planRevisions.byDigest(session, resource.revision))
    }
  })
  const { resource, instance, binding, plan } = found
  if (!resource || !instance || !plan)
    throw new Error(`operation ${operation.id} has no resource or instance`)
  return subjectOf(deps, operation, { resource, instance, plan, ...(binding ? { binding } : {}) })
}

export function subjectOf(deps: EngineDeps, operation: Operation, works: Works): Subject {
  const { provider, family: name } = works.resource
  const driver = deps.registry.driver(provider, name)
  const family = deps.registry.family(name)
  if (!driver || !family) {
    throw new ProviderFailure('unavailable', `the provider ${provider} is not configured any more`)
  }
  return { ...works, operation, driver, family }
}

function markOf(deps: Pick<EngineDeps, 'brokerId'>, resource: Resource): Mark {
  return { broker: deps.brokerId, resource: resource.id, generation: resource.generation }
}

export function namesOf(deps: EngineDeps, resource: Resource): Names {
  return { resource: resource.name, mark: markOf(deps, resource) }
}

export function orderOf(
  deps: Pick<EngineDeps, 'brokerId' | 'allowFrom'>,
  { resource }: Pick<Subject, 'resource'>,
  plan: Plan,
  parameters: JsonObject
): Order {
  return {
    name: resource.name,
    mark: markOf(deps, resource),
    region: resource.region,
    plan: plan.driverPlan,
    parameters,
    labels: { platform: resource.platform },
    allowFrom: deps.allowFrom(resource.platform),
    secret: (label) => secretOf(resource.seed, label)
  }
}

/** The world for one step, as far as the resource's adapter may reach. */
export function portsOf(deps: EngineDeps, { resource }: Subject, signal: AbortSignal) {
  const { provider, family } = resource
  const reach = deps.registry.reach(provider, family)
  return deps.ports({ signal, deadlineMs: deps.settings.leaseMs / 2, provider, reach })
}

export function callOf(deps: EngineDeps, subject: Subject, signal: AbortSignal): Call {
  const { operation, resource } = subject
  const { tools: _tools, workspace: _workspace, ...ports } = portsOf(deps, subject, signal)
  return {
    ...ports,
    signal,
    now: new Date(deps.now()),
    attempt: operation.attempts,
    note: (text, facts = {}) =>
      deps.log.info({ operation: operation.id, provider: resource.provider, ...facts }, text)
  }
}
