import { Refusal } from '../../domain/refusal.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Switch } from '../../domain/switch.ts'
import { orderErasure } from '../../store/order-erasure.ts'
import type { Session } from '../../store/session.ts'
import { type Asker, actorOf } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { holdSwitch } from './find-switch.ts'
import { noteSwitch } from './note-switch.ts'
import { showSwitch } from './show-switch.ts'
import type { SwitchDetails } from './switch-details.ts'

/** Erases a kept source before its time is over. `confirm`: the platform's id of the instance, so that it is no slip. */
export async function eraseSource(
  deps: SwitchDeps,
  asker: Asker,
  id: string,
  confirm: string
): Promise<SwitchDetails> {
  const { store } = deps
  await store.database.write(async (session) => {
    const record = await holdSwitch(deps, session, asker, id)
    const instance = await store.instances.byId(session, record.instance)
    if (confirm !== instance?.osbId)
      throw new Refusal(422, "The field confirm must be the platform's id of the service instance.")
    const source = await keptSource(deps, session, record)
    const operation = await orderErasure(store, session, source, { by: actorOf(asker), now: deps.now() })
    const detail = { switch: id, provider: source.provider, resource: source.name }
    await noteSwitch(deps, session, asker, record, { action: 'order erasure', detail, operation })
  })
  deps.runner.wake()
  return showSwitch(deps, asker, id)
}

async function keptSource({ store }: SwitchDeps, session: Session, record: Switch): Promise<Resource> {
  const { kind, state, fromResource, instance } = record
  if (kind !== 'switch' || state !== 'completed')
    throw new Refusal(409, 'It has left nothing behind that could be erased.')
  const source = await store.resources.byId(session, fromResource)
  if (source?.state === 'erasing') throw new Refusal(409, 'Its source is being erased already.')
  if (source?.state !== 'retained') throw new Refusal(409, 'Its source is erased already.')
  const open = await store.operations.openOfInstance(session, instance)
  if (open.some((each) => each.kind === 'retain' && each.resource === fromResource))
    throw new Refusal(409, 'Its source is still being closed: ask again in a moment.')
  return source
}
