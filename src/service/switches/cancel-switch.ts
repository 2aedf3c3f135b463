import type { Operation } from '../../domain/operation.ts'
import { Refusal } from '../../domain/refusal.ts'
import { hasEnded, type Switch } from '../../domain/switch.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { holdSwitch } from './find-switch.ts'
import { noteSwitch } from './note-switch.ts'
import { showSwitch } from './show-switch.ts'
import type { SwitchDetails } from './switch-details.ts'

/** A step that runs is told to stop; so long is waited for that. */
const WAIT_MS = 5_000

/** Ends a switch before its cut-over: the source is in use as before. As it is after a few seconds. */
export async function cancelSwitch(deps: SwitchDeps, asker: Asker, id: string): Promise<SwitchDetails> {
  const { store, runner } = deps
  await store.database.write(async (session) => {
    const record = await holdSwitch(deps, session, asker, id)
    refuseCancel(record, await store.operations.byId(session, id))
    const by = asker.kind === 'operator' ? 'by operator' : 'by platform'
    if (!(await store.operations.cancel(session, id, by))) throw new Refusal(409, 'It has ended already.')
    await store.operations.hasten(session, id)
    await noteSwitch(deps, session, asker, record, {
      action: 'cancel',
      detail: { kind: record.kind, state: record.state }
    })
  })
  runner.wake()
  await runner.ended(id, WAIT_MS)
  return showSwitch(deps, asker, id)
}

function refuseCancel({ state }: Switch, operation: Operation | undefined): void {
  if (state === 'completed') throw new Refusal(409, 'It has completed: only a switch back undoes it.')
  if (hasEnded(state)) throw new Refusal(409, `It has ended: ${state}.`)
  if (operation?.stage === 'return') throw new Refusal(409, 'It is going back already.')
  if (operation?.stage === 'release' || operation?.stage === 'destroy')
    throw new Refusal(409, 'It has done its work, and only tidies up.')
}
