import type { Instance } from '../../domain/instance.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorDeps } from './deps.ts'

/** By our id, or by a platform's where that says which one is meant. */
export async function findInstance(
  { store }: Pick<OperatorDeps, 'store'>,
  session: Session,
  id: string
): Promise<Instance> {
  const ours = await store.instances.byId(session, id)
  if (ours) return ours
  const [found, ...others] = await store.instances.byOsbId(session, id)
  if (!found) throw new Refusal(404, `There is no service instance ${id}.`)
  if (others.length === 0) return found
  const choice = [found, ...others].map((each) => `${each.id} (${each.platform})`).join(', ')
  throw new Refusal(409, `Several platforms have a service instance ${id}: name one of ${choice}.`)
}
