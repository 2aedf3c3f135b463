import type { Resource } from '../../domain/resource.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorDeps } from './deps.ts'

/** A resource of the books, and what the books say around it. */
export interface Known {
  readonly resource: Resource
  readonly osbInstance: string
  /** A living instance points at it. */
  readonly isPointedAt: boolean
  /** Something is under way on it. */
  readonly isBusy: boolean
}

export type KnownResources = ReadonlyMap<string, Known>

export async function knownResources({ store }: OperatorDeps, session: Session): Promise<KnownResources> {
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

/** No instance has it: the books do not know it, or say that it is gone. */
export function isOrphan(known: Known | undefined): boolean {
  return known === undefined || known.resource.state === 'gone'
}
