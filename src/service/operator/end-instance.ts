import type { Instance } from '../../domain/instance.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorDeps } from './deps.ts'

/** An instance ends in the books with its bindings and resources, in the caller's transaction: the platform hears 410 from now on. */
export async function endInstance(
  { store, now }: OperatorDeps,
  session: Session,
  { id }: Instance
): Promise<void> {
  const deletedAt = now()
  for (const binding of await store.bindings.living(session, id))
    await store.bindings.change(session, binding.id, { state: 'deleted', deletedAt })
  for (const resource of await store.resources.ofInstance(session, id))
    await store.resources.change(session, resource.id, { state: 'gone', goneAt: deletedAt })
  await store.instances.change(session, id, { state: 'deleted', usable: false, deletedAt })
}
