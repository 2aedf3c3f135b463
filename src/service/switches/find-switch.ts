import type { Instance } from '../../domain/instance.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import { findInstance } from '../operator/find-instance.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'

/** What is another platform's is as unknown as what is not there. */
export async function findSwitch(
  { store }: Pick<SwitchDeps, 'store'>,
  session: Session,
  asker: Asker,
  id: string
): Promise<Switch> {
  const record = await store.switches.byId(session, id)
  const isTheirs = asker.kind === 'operator' || record?.platform === asker.caller.platform.name
  if (!record || !isTheirs) throw new Refusal(404, `There is no switch ${id}.`)
  return record
}

/** As `findSwitch`; nobody else writes about its instance before this transaction ends. */
export async function holdSwitch(
  deps: Pick<SwitchDeps, 'store'>,
  session: Session,
  asker: Asker,
  id: string
): Promise<Switch> {
  const { instance } = await findSwitch(deps, session, asker, id)
  await deps.store.instances.holdById(session, instance)
  return findSwitch(deps, session, asker, id)
}

/** By our id or the platform's own. */
export async function findOwnInstance(
  deps: Pick<SwitchDeps, 'store'>,
  session: Session,
  asker: Asker,
  id: string
): Promise<Instance> {
  if (asker.kind === 'operator') return findInstance(deps, session, id)
  const { instances } = deps.store
  const { name } = asker.caller.platform
  const ours = await instances.byId(session, id)
  const found = ours?.platform === name ? ours : await instances.find(session, name, id)
  if (!found) throw new Refusal(404, `There is no service instance ${id}.`)
  return found
}

/** As `findOwnInstance`, and nobody else writes about it before this transaction ends. */
export async function holdOwnInstance(
  deps: Pick<SwitchDeps, 'store'>,
  session: Session,
  asker: Asker,
  id: string
): Promise<Instance> {
  const { id: ours } = await findOwnInstance(deps, session, asker, id)
  await deps.store.instances.holdById(session, ours)
  return findOwnInstance(deps, session, asker, ours)
}
