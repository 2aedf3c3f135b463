import type { JsonObject } from '../../contract/json.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import { type Asker, askerTrace } from './asker.ts'
import type { SwitchDeps } from './deps.ts'

/** The row of the audit for what somebody asked of a switch, under its instance. `operation`: when it is another than the switch's. */
export async function noteSwitch(
  { store, now }: Pick<SwitchDeps, 'store' | 'now'>,
  session: Session,
  asker: Asker,
  { id, instance, platform }: Switch,
  what: { readonly action: string; readonly detail: JsonObject; readonly operation?: string | undefined }
): Promise<void> {
  const found = await store.instances.byId(session, instance)
  const { action, detail, operation = id } = what
  const subject = `instance ${found?.osbId ?? instance}`
  await store.audit.insert(
    session,
    askerTrace(asker, now(), { action, subject, platform, operation, detail })
  )
}
