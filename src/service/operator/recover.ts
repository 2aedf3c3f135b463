import { Refusal } from '../../domain/refusal.ts'
import { endRecovery, recoveryReason } from '../../store/recovery.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { driftOf } from './drift.ts'
import type { Drift } from './drift-view.ts'
import { timeOf } from './time.ts'
import { operatorTrace } from './trace.ts'
import { type HeadView, headView } from './verify-audit.ts'

export interface RecoveryView {
  readonly recovering: boolean
  readonly reason?: {
    readonly since: string
    /** Who saw more than the store has. */
    readonly witness: string
    readonly seen: HeadView
    /** The end of the chain in the store. */
    readonly found: HeadView
  }
  readonly drift: Drift
}

export interface Recovered {
  /** The link that tells of the break. */
  readonly link: number
  /** The last one before it. */
  readonly after: number
}

/** Why the broker recovers, if it does, and what would be different from what the store says. */
export async function showRecovery(deps: OperatorDeps): Promise<RecoveryView> {
  const drift = await driftOf(deps)
  const reason = deps.audit.reason()
  if (!reason) return { recovering: false, drift }
  const { since, witness, seen, found } = reason
  return {
    recovering: true,
    reason: { since: timeOf(since), witness, seen: headView(seen), found: headView(found) },
    drift
  }
}

/** From now on the broker works with the store as it is. Nothing is removed anywhere. */
export async function recover(deps: OperatorDeps, caller: OperatorCaller): Promise<Recovered> {
  const { store } = deps
  const recovered = await store.database.write(async (session) => {
    const reason = await recoveryReason(store, session)
    if (!reason) throw new Refusal(409, 'The Service Broker does not recover: there is nothing to confirm.')
    const { seen, witness } = reason
    await store.audit.insert(
      session,
      operatorTrace(caller, deps.now(), {
        action: 'recover',
        subject: 'store',
        detail: { witness, seen: seen.number, since: timeOf(reason.since) }
      })
    )
    return endRecovery(store, session, reason)
  })
  await deps.audit.look()
  return recovered
}
