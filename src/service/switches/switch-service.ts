import type { Switch } from '../../domain/switch.ts'
import type { Page } from '../operator/page.ts'
import type { Asker } from './asker.ts'
import type { SwitchRequest } from './begin-switch.ts'
import type { SwitchQuery } from './list-switches.ts'
import type { SwitchPlan } from './plan-switch.ts'
import type { ReceiptOf } from './read-receipt.ts'
import type { ShownSwitch } from './show-switch.ts'
import type { SwitchDetails } from './switch-details.ts'
import type { SwitchView } from './switch-view.ts'
import type { DestinationRequest, DirectiveRequest } from './wanted-switch.ts'

/**
 * The use cases of switches, for operators and for the platforms whose instances move. Each throws `Refusal` for an answer that is
 * not a success; a platform finds nothing of another one's.
 */
export interface SwitchService {
  list(asker: Asker, query: SwitchQuery): Promise<Page<SwitchView>>
  show(asker: Asker, id: string): Promise<ShownSwitch>
  /** The pre-check: nothing is kept or touched. */
  plan(asker: Asker, request: DestinationRequest): Promise<SwitchPlan>
  begin(asker: Asker, kind: Switch['kind'], request: SwitchRequest): Promise<SwitchDetails>
  go(asker: Asker, id: string): Promise<SwitchDetails>
  cancel(asker: Asker, id: string): Promise<SwitchDetails>
  back(asker: Asker, id: string, directive: DirectiveRequest): Promise<SwitchDetails>
  erase(asker: Asker, id: string, confirm: string): Promise<SwitchDetails>
  receipt(asker: Asker, id: string, of: ReceiptOf): Promise<string>
}
