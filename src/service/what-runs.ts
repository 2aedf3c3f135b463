import type { Instance } from '../domain/instance.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import type { Session } from '../store/session.ts'
import { type Accepted, stillRuns } from './conclude.ts'
import type { Deps } from './deps.ts'

/**
 * The same update, still running, gets its operation again; anything else that runs refuses it. `identity`: what makes it the same,
 * absent for what nobody repeats.
 */
export async function whatRuns(
  deps: Deps,
  session: Session,
  instance: Instance,
  identity?: string
): Promise<Accepted | undefined> {
  const operation = await deps.store.operations.byId(session, instance.operation)
  if (operation?.state === 'in progress') {
    const same =
      identity !== undefined &&
      (operation.kind === 'update' || operation.kind === 'switch') &&
      operation.requestHash !== undefined &&
      deps.store.seal.matches(operation.requestHash, identity)
    if (!same) throw refuse('ConcurrencyError')
    return stillRuns(operation)
  }
  if (instance.state !== 'ready') {
    throw new Refusal(422, 'this service instance has failed: it can only be deleted', {
      instanceUsable: false,
      updateRepeatable: false
    })
  }
  return undefined
}
