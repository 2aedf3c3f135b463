import { Refusal } from '../../domain/refusal.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { findSwitch } from './find-switch.ts'

export type ReceiptOf = 'completion' | 'erasure'

/** A VC-JWT. */
export async function readReceipt(
  deps: SwitchDeps,
  asker: Asker,
  id: string,
  of: ReceiptOf
): Promise<string> {
  const record = await deps.store.database.read((session) => findSwitch(deps, session, asker, id))
  const receipt = of === 'completion' ? record.receipt : record.erasureReceipt
  if (!receipt) throw new Refusal(404, whyNone(record, of))
  return receipt
}

function whyNone({ state, kind, erasure }: Switch, of: ReceiptOf): string {
  if (kind === 'rehearsal') return 'A rehearsal has no receipt.'
  if (state !== 'completed') return `There is no receipt: the switch has not completed, it is at ${state}.`
  if (of === 'completion' || erasure) return 'The receipt is not written yet: ask again in a moment.'
  return 'There is no receipt of the erasure: the source is not erased yet.'
}
