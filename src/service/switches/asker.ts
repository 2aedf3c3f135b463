import type { Caller } from '../../domain/caller.ts'
import type { AuditEntry } from '../../store/audit.ts'
import type { OperatorCaller } from '../operator/deps.ts'
import { operatorTrace } from '../operator/trace.ts'
import { trace } from '../trace.ts'

/** Who asks about switches: an operator about all, a platform about those of its own instances. */
export type Asker =
  | { readonly kind: 'operator'; readonly operator: OperatorCaller }
  | { readonly kind: 'platform'; readonly caller: Caller }

/** As the audit names it. */
export function actorOf(asker: Asker): string {
  return asker.kind === 'operator' ? `operator:${asker.operator.username}` : 'platform'
}

/** An audit row for what was asked about an instance of this platform. */
export function askerTrace(
  asker: Asker,
  at: number,
  what: { readonly platform: string } & Pick<AuditEntry, 'action' | 'subject' | 'detail'> & {
      readonly operation: string
    }
): AuditEntry {
  return asker.kind === 'operator' ? operatorTrace(asker.operator, at, what) : trace(asker.caller, at, what)
}
