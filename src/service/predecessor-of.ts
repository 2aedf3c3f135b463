import type { Operation } from '../domain/operation.ts'
import type { Session } from '../store/session.ts'
import type { Deps } from './deps.ts'

/**
 * The operation that has to end before a removal begins, on an instance's resource or on a binding: what makes it is told to
 * stop, a clean-up that runs is hurried.
 */
export async function predecessorOf(
  deps: Deps,
  session: Session,
  removed: { readonly resource: string } | { readonly binding: string },
  running: Operation | undefined
): Promise<string | undefined> {
  const { operations } = deps.store
  if (running?.state === 'in progress' && (await operations.cancel(session, running.id, 'superseded'))) {
    return running.id
  }
  const cleanUp = await operations.openCleanUp(session, removed)
  if (cleanUp) await operations.hasten(session, cleanUp.id)
  return cleanUp?.id
}
