import type { JsonObject } from '../../src/contract/json.ts'
import type { Query } from '../../src/service/broker.ts'
import { type Core, callerOf, type Told, told } from './core.ts'
import { SERVICE } from './offers.ts'

/** What a platform sends, filled up with what every such request has. */
export interface Ask {
  readonly caller?: ReturnType<typeof callerOf>
  /** `accepts_incomplete`. */
  readonly ai?: boolean
  readonly body?: JsonObject
  readonly query?: Query
}

export const bodyOf = (plan: string, more: JsonObject = {}): JsonObject => ({
  service_id: SERVICE,
  plan_id: `plan-${plan}`,
  organization_guid: 'org-1',
  space_guid: 'space-1',
  ...more
})

export const bindBody = (plan: string, more: JsonObject = {}): JsonObject => ({
  service_id: SERVICE,
  plan_id: `plan-${plan}`,
  ...more
})

const ids = (plan: string): Query => ({ serviceId: SERVICE, planId: `plan-${plan}` })

export function provision(core: Core, id: string, plan: string, ask: Ask = {}): Promise<Told> {
  const { caller = callerOf(), ai = true, body = {} } = ask
  return told(core.broker.provision(caller, id, ai, bodyOf(plan, body)))
}

export function update(core: Core, id: string, body: JsonObject, ask: Ask = {}): Promise<Told> {
  const { caller = callerOf(), ai = true } = ask
  return told(core.broker.update(caller, id, ai, { service_id: SERVICE, ...body }))
}

export function deprovision(core: Core, id: string, plan: string, ask: Ask = {}): Promise<Told> {
  const { caller = callerOf(), ai = true, query = ids(plan) } = ask
  return told(core.broker.deprovision(caller, id, ai, query))
}

export function bind(core: Core, id: string, binding: string, plan: string, ask: Ask = {}): Promise<Told> {
  const { caller = callerOf(), ai = true, body = {} } = ask
  return told(core.broker.bind(caller, id, binding, ai, bindBody(plan, body)))
}

export function rotate(core: Core, id: string, binding: string, body: JsonObject, ask: Ask = {}) {
  const { caller = callerOf(), ai = true } = ask
  return told(core.broker.bind(caller, id, binding, ai, body))
}

export function unbind(core: Core, id: string, binding: string, plan: string, ask: Ask = {}): Promise<Told> {
  const { caller = callerOf(), ai = true, query = ids(plan) } = ask
  return told(core.broker.unbind(caller, id, binding, ai, query))
}

export function fetchInstance(core: Core, id: string, { caller = callerOf() }: Ask = {}): Promise<Told> {
  return told(core.broker.fetchInstance(caller, id, {}))
}

export function fetchBinding(core: Core, id: string, binding: string, { caller = callerOf() }: Ask = {}) {
  return told(core.broker.fetchBinding(caller, id, binding, {}))
}

export function poll(core: Core, id: string, query: Query = {}, { caller = callerOf() }: Ask = {}) {
  return told(core.broker.lastOperation(caller, id, query))
}

export function pollBinding(core: Core, id: string, binding: string, query: Query = {}, ask: Ask = {}) {
  const { caller = callerOf() } = ask
  return told(core.broker.lastBindingOperation(caller, id, binding, query))
}
