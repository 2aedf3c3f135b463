import type { OperatorDeps } from './deps.ts'
import { findInstance } from './find-instance.ts'
import { bindingView, type InstanceDetails, instanceView, resourceView } from './instance-view.ts'
import { operationView } from './operation-view.ts'

const OPERATIONS = 20

/** With what it consists of: resources, living bindings, the last operations. */
export async function showInstance(deps: OperatorDeps, id: string): Promise<InstanceDetails> {
  const { store } = deps
  return store.database.read(async (session) => {
    const instance = await findInstance(deps, session, id)
    const plan = await store.planRevisions.byDigest(session, instance.revision)
    const resources = await store.resources.ofInstance(session, instance.id)
    const bindings = await store.bindings.living(session, instance.id)
    const operations = await store.operations.list(session, { instance: instance.id, limit: OPERATIONS })
    const [last] = await store.switches.list(session, { instance: instance.id, kind: 'switch', limit: 1 })
    return {
      ...instanceView(instance, plan),
      labels: instance.labels,
      resources: resources.map(resourceView),
      bindings: bindings.map(bindingView),
      operations: operations.map(operationView),
      ...(last ? { lastSwitch: last.id } : {})
    }
  })
}
