import type { Operation } from '../../domain/operation.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorDeps } from './deps.ts'

export async function findOperation(
  { store }: Pick<OperatorDeps, 'store'>,
  session: Session,
  id: string
): Promise<Operation> {
  const operation = await store.operations.byId(session, id)
  if (!operation) throw new Refusal(404, `There is no operation ${id}; ended ones are kept for 90 days.`)
  return operation
}

/** As `findOperation`; nobody else writes about its instance before this transaction ends. */
export async function holdOperation(
  deps: Pick<OperatorDeps, 'store'>,
  session: Session,
  id: string
): Promise<Operation> {
  const { instance } = await findOperation(deps, session, id)
  if (instance !== undefined) await deps.store.instances.holdById(session, instance)
  return findOperation(deps, session, id)
}
