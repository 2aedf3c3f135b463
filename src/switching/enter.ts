import type { Switch, SwitchState } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Session } from '../store/session.ts'
import type { SwitchChange } from '../store/switches.ts'

/** Enters a state: kept with its time; what the state before took is a row of the audit. In the transaction of the step. */
export async function enter(
  deps: EngineDeps,
  session: Session,
  { id }: Pick<Switch, 'id'>,
  state: SwitchState,
  change: SwitchChange = {}
): Promise<void> {
  const { store, now } = deps
  const at = now()
  const before = await store.switches.byId(session, id)
  if (!before) return
  await store.switches.enter(session, id, state, at, change)
  if (before.state === state) return
  const since = before.timeline.at(-1)?.at ?? before.createdAt
  const bytes = change.figures?.bytes
  const instance = await store.instances.byId(session, before.instance)
  await store.audit.insert(session, {
    at,
    platform: before.platform,
    actor: 'broker',
    action: `${before.kind}: ${before.state} → ${state}`,
    subject: `instance ${instance?.osbId ?? before.instance}`,
    operation: id,
    detail: {
      milliseconds: at - since,
      ...(bytes === undefined ? {} : { bytes }),
      ...(change.reason === undefined ? {} : { reason: change.reason })
    }
  })
}

/** The same as a step's `within`. */
export function entering(
  deps: EngineDeps,
  record: Pick<Switch, 'id'>,
  state: SwitchState,
  change?: SwitchChange
) {
  return (session: Session) => enter(deps, session, record, state, change)
}
