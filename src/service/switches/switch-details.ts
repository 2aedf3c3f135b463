import type { Examination, Verification } from '../../contract/move.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import type { SwitchDeps } from './deps.ts'
import { type NotRenewed, notRenewed } from './not-renewed.ts'
import { type SwitchView, switchView } from './switch-view.ts'

/** A switch with what it saw. */
export interface SwitchDetails extends SwitchView {
  readonly examination?: Examination
  readonly verification?: Verification
  /** After a completed switch: who uses credentials of before. */
  readonly notRenewed?: readonly NotRenewed[]
}

export async function viewOf(
  deps: Pick<SwitchDeps, 'store' | 'now'>,
  session: Session,
  record: Switch
): Promise<SwitchView> {
  const { instances, operations } = deps.store
  const instance = await instances.byId(session, record.instance)
  const operation = record.endedAt === undefined ? await operations.byId(session, record.id) : undefined
  return switchView(record, { osbInstance: instance?.osbId ?? '', operation, now: deps.now() })
}

export async function switchDetails(
  deps: Pick<SwitchDeps, 'store' | 'now'>,
  session: Session,
  record: Switch
): Promise<SwitchDetails> {
  const { examination, verification } = record
  const left = await notRenewed(deps, session, record)
  return {
    ...(await viewOf(deps, session, record)),
    ...(examination ? { examination } : {}),
    ...(verification ? { verification } : {}),
    ...(left ? { notRenewed: left } : {})
  }
}
