import { bind } from './bind.ts'
import type { Broker } from './broker.ts'
import { deprovision } from './deprovision.ts'
import type { Deps } from './deps.ts'
import { fetchBinding } from './fetch-binding.ts'
import { fetchInstance } from './fetch-instance.ts'
import { lastBindingOperation, lastOperation } from './last-operation.ts'
import { provision } from './provision.ts'
import { unbind } from './unbind.ts'
import { update } from './update.ts'

/** The use cases over what they need. */
export function createBroker(deps: Deps): Broker {
  return {
    provision: (...request) => provision(deps, ...request),
    update: (...request) => update(deps, ...request),
    fetchInstance: (caller, id) => fetchInstance(deps, caller, id),
    deprovision: (...request) => deprovision(deps, ...request),
    lastOperation: (...request) => lastOperation(deps, ...request),
    bind: (...request) => bind(deps, ...request),
    fetchBinding: (caller, instanceId, bindingId) => fetchBinding(deps, caller, instanceId, bindingId),
    unbind: (...request) => unbind(deps, ...request),
    lastBindingOperation: (...request) => lastBindingOperation(deps, ...request)
  }
}
