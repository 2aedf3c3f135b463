import { newId } from '../domain/new-id.ts'
import type { Resource } from '../domain/resource.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/**
 * Orders the erasure of a retained source, in the caller's transaction. Answers the operation; nothing when the resource is not
 * retained any more.
 */
export async function orderErasure(
  store: Store,
  session: Session,
  { id, platform, instance }: Resource,
  order: { readonly by: string; readonly now: number }
): Promise<string | undefined> {
  const current = await store.resources.byId(session, id)
  if (current?.state !== 'retained') return undefined
  const operation = newId()
  await store.resources.change(session, id, { state: 'erasing' })
  await store.operations.insert(session, {
    id: operation,
    kind: 'erase',
    stage: 'release',
    platform,
    instance,
    resource: id,
    request: { orderedBy: order.by },
    answered: true,
    now: order.now
  })
  return operation
}
