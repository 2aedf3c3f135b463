import type { JsonObject } from '../../contract/json.ts'
import type { AuditEntry } from '../../store/audit.ts'
import type { OperatorCaller } from './deps.ts'

/** An audit row for what an operator did. */
export function operatorTrace(
  caller: OperatorCaller,
  at: number,
  what: {
    readonly action: string
    readonly subject: string
    /** Absent: it concerns no platform. */
    readonly platform?: string
    readonly operation?: string
    readonly detail?: JsonObject
  }
): AuditEntry {
  return {
    at,
    platform: what.platform ?? '',
    actor: `operator:${caller.username}`,
    action: what.action,
    subject: what.subject,
    ...(what.operation === undefined ? {} : { operation: what.operation }),
    request: caller.requestId,
    detail: what.detail ?? {}
  }
}
