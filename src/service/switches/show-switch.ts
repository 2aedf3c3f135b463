import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { findSwitch } from './find-switch.ts'
import { type StillTrying, stillTrying } from './still-trying.ts'
import { type SwitchDetails, switchDetails } from './switch-details.ts'

/** A switch as it is now, and who has not followed it. */
export interface ShownSwitch extends SwitchDetails {
  readonly stillTrying?: readonly StillTrying[]
}

export async function showSwitch(deps: SwitchDeps, asker: Asker, id: string): Promise<ShownSwitch> {
  const { record, details } = await deps.store.database.read(async (session) => {
    const found = await findSwitch(deps, session, asker, id)
    return { record: found, details: await switchDetails(deps, session, found) }
  })
  const trying = await stillTrying(deps, record)
  return { ...details, ...(trying ? { stillTrying: trying } : {}) }
}
