import type { OperatorDeps } from './deps.ts'
import { findInstance } from './find-instance.ts'
import { type OperationView, operationView } from './operation-view.ts'
import type { OperationQuery } from './operator-service.ts'
import { oneMore, type Page, pageOf } from './page.ts'

export async function listOperations(
  deps: OperatorDeps,
  query: OperationQuery
): Promise<Page<OperationView>> {
  const { store } = deps
  return store.database.read(async (session) => {
    const instance =
      query.instance === undefined ? {} : { instance: (await findInstance(deps, session, query.instance)).id }
    const rows = await store.operations.list(session, oneMore({ ...query, ...instance }))
    return pageOf(rows, query, operationView)
  })
}
