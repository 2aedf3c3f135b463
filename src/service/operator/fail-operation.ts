import { Refusal } from '../../domain/refusal.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { findOperation, holdOperation } from './find-operation.ts'
import { type OperationView, operationView } from './operation-view.ts'
import { operatorTrace } from './trace.ts'

/** A step that runs is let finish; so long is waited for that. */
const WAIT_MS = 10_000

/** Ends what is in progress. A failed create or bind still cleans up after itself; a clean-up that is ended leaves what stands. */
export async function failOperation(
  deps: OperatorDeps,
  caller: OperatorCaller,
  id: string
): Promise<OperationView> {
  const { store } = deps
  await store.database.write(async (session) => {
    const operation = await holdOperation(deps, session, id)
    if (!(await store.operations.cancel(session, id, 'by operator')))
      throw new Refusal(409, `It has ${operation.state} already.`)
    await store.audit.insert(
      session,
      operatorTrace(caller, deps.now(), {
        action: 'fail',
        subject: `operation ${id}`,
        platform: operation.platform,
        operation: id,
        detail: { kind: operation.kind, stage: operation.stage }
      })
    )
  })
  deps.runner.wake()
  await deps.runner.ended(id, WAIT_MS)
  return operationView(await store.database.read((session) => findOperation(deps, session, id)))
}
