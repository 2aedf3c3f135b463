import type { Operation } from '../../domain/operation.ts'
import { Refusal } from '../../domain/refusal.ts'
import { hasEnded, isClosed, type Switch } from '../../domain/switch.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { holdSwitch } from './find-switch.ts'
import { noteSwitch } from './note-switch.ts'
import { showSwitch } from './show-switch.ts'
import type { SwitchDetails } from './switch-details.ts'

/** Go: the freeze begins as soon as everything stands. Said twice it is said once. */
export async function goOn(deps: SwitchDeps, asker: Asker, id: string): Promise<SwitchDetails> {
  const { store } = deps
  await store.database.write(async (session) => {
    const record = await holdSwitch(deps, session, asker, id)
    refuseGo(record, await store.operations.byId(session, id))
    if (record.go) return
    await store.switches.change(session, id, { go: true })
    await store.operations.hasten(session, id)
    await noteSwitch(deps, session, asker, record, { action: 'go', detail: { state: record.state } })
  })
  deps.runner.wake()
  return showSwitch(deps, asker, id)
}

function refuseGo({ kind, state, go, directive }: Switch, operation: Operation | undefined): void {
  if (hasEnded(state)) throw new Refusal(409, `It has ended: ${state}.`)
  if (kind === 'rehearsal') throw new Refusal(409, 'A rehearsal waits for nobody.')
  if (directive.cutover === 'auto') throw new Refusal(409, 'It goes on by itself: its cut-over is auto.')
  if (operation?.cancel !== undefined) throw new Refusal(409, 'It is cancelled, and about to end.')
  if (!go && operation && isClosed(operation)) throw new Refusal(409, 'It goes on already.')
}
