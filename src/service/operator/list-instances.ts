import type { OperatorDeps } from './deps.ts'
import { type InstanceView, instanceView } from './instance-view.ts'
import type { InstanceQuery } from './operator-service.ts'
import { oneMore, type Page, pageOf } from './page.ts'

export async function listInstances(
  { store }: OperatorDeps,
  query: InstanceQuery
): Promise<Page<InstanceView>> {
  return store.database.read(async (session) => {
    const rows = await store.instances.list(session, oneMore(query))
    const plans = new Map(
      await Promise.all(
        rows.map(
          async ({ revision }) => [revision, await store.planRevisions.byDigest(session, revision)] as const
        )
      )
    )
    return pageOf(rows, query, (row) => instanceView(row, plans.get(row.revision)))
  })
}
