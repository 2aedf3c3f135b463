import { newId } from '../domain/new-id.ts'
import type { Operation } from '../domain/operation.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'

/** An operation of its own, without limit in time: whatever an ended one may have left at the provider. */
export async function cleanUp(
  deps: EngineDeps,
  session: Session,
  cause: Pick<Operation, 'platform' | 'instance' | 'binding' | 'resource'>,
  stage: 'release' | 'unbind'
): Promise<void> {
  const { platform, instance, binding, resource } = cause
  await deps.store.operations.insert(session, {
    id: newId(),
    kind: 'clean-up',
    stage,
    platform,
    answered: true,
    now: deps.now(),
    ...(instance === undefined ? {} : { instance }),
    ...(binding === undefined ? {} : { binding }),
    ...(resource === undefined ? {} : { resource })
  })
}
