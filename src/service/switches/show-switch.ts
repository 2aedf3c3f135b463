import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { findSwitch } from './find-switch.ts'
import { type SwitchDetails, switchDetails } from './switch-details.ts'

export async function showSwitch(deps: SwitchDeps, asker: Asker, id: string): Promise<SwitchDetails> {
  return deps.store.database.read(async (session) =>
    switchDetails(deps, session, await findSwitch(deps, session, asker, id))
  )
}
