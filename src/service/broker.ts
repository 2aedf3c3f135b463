import type { JsonObject } from '../contract/json.ts'
import type { Answer, Caller } from '../domain/caller.ts'

/** Query parameters of OSB requests; one that is present but empty is ''. */
export interface Query {
  readonly serviceId?: string
  readonly planId?: string
  readonly operation?: string
}

/** The nine OSB use cases besides the catalog. Each throws `Refusal` for an answer that is not a success. */
export interface Broker {
  provision(caller: Caller, instanceId: string, acceptsIncomplete: boolean, body: JsonObject): Promise<Answer>
  update(caller: Caller, instanceId: string, acceptsIncomplete: boolean, body: JsonObject): Promise<Answer>
  fetchInstance(caller: Caller, instanceId: string, query: Query): Promise<Answer>
  deprovision(caller: Caller, instanceId: string, acceptsIncomplete: boolean, query: Query): Promise<Answer>
  lastOperation(caller: Caller, instanceId: string, query: Query): Promise<Answer>
  bind(
    caller: Caller,
    instanceId: string,
    bindingId: string,
    acceptsIncomplete: boolean,
    body: JsonObject
  ): Promise<Answer>
  fetchBinding(caller: Caller, instanceId: string, bindingId: string, query: Query): Promise<Answer>
  unbind(
    caller: Caller,
    instanceId: string,
    bindingId: string,
    acceptsIncomplete: boolean,
    query: Query
  ): Promise<Answer>
  lastBindingOperation(caller: Caller, instanceId: string, bindingId: string, query: Query): Promise<Answer>
}
