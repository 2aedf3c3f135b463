import type { KnownResources } from '../domain/drift.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** Every resource of the books, those that are gone too, by id. */
export async function knownResources(store: Store, session: Session): Promise<KnownResources> {
  const resources = await store.resources.all(session)
  const ids = await store.instances.osbIds(session)
  const pointedAt = await store.instances.pointedAt(session)
  const busy = await store.operations.openResources(session)
  return new Map(
    resources.map((resource) => [
      resource.id,
      {
        resource,
        osbInstance: ids.get(resource.instance) ?? '',
        isPointedAt: pointedAt.has(resource.id),
        isBusy: busy.has(resource.id)
      }
    ])
  )
}
