import { beginSwitch } from './begin-switch.ts'
import { cancelSwitch } from './cancel-switch.ts'
import type { SwitchDeps } from './deps.ts'
import { eraseSource } from './erase-source.ts'
import { goOn } from './go-on.ts'
import { listSwitches } from './list-switches.ts'
import { planSwitch } from './plan-switch.ts'
import { readReceipt } from './read-receipt.ts'
import { showSwitch } from './show-switch.ts'
import { switchBack } from './switch-back.ts'
import type { SwitchService } from './switch-service.ts'

/** The use cases of switches over what they need. */
export function createSwitchService(deps: SwitchDeps): SwitchService {
  return {
    list: (asker, query) => listSwitches(deps, asker, query),
    show: (asker, id) => showSwitch(deps, asker, id),
    plan: (asker, request) => planSwitch(deps, asker, request),
    begin: (asker, kind, request) => beginSwitch(deps, asker, kind, request),
    go: (asker, id) => goOn(deps, asker, id),
    cancel: (asker, id) => cancelSwitch(deps, asker, id),
    back: (asker, id, directive) => switchBack(deps, asker, id, directive),
    erase: (asker, id, confirm) => eraseSource(deps, asker, id, confirm),
    receipt: (asker, id, of) => readReceipt(deps, asker, id, of)
  }
}
