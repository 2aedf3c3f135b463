import type { OperatorDeps } from './deps.ts'
import { findOperation } from './find-operation.ts'
import { type OperationDetails, operationView } from './operation-view.ts'

export async function showOperation(deps: OperatorDeps, id: string): Promise<OperationDetails> {
  const { store } = deps
  return store.database.read(async (session) => {
    const operation = await findOperation(deps, session, id)
    const instance = await store.instances.byId(session, operation.instance ?? '')
    const binding = await store.bindings.byId(session, operation.binding ?? '')
    return {
      ...operationView(operation),
      ...(instance ? { osbInstance: instance.osbId } : {}),
      ...(binding ? { osbBinding: binding.osbId } : {})
    }
  })
}
