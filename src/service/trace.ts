import type { JsonObject } from '../contract/json.ts'
import type { Caller } from '../domain/caller.ts'
import type { AuditEntry } from '../store/audit.ts'
import { present } from '../store/columns.ts'

/** An audit row for what a platform asked for. */
export function trace(
  caller: Caller,
  at: number,
  what: {
    readonly action: string
    readonly subject: string
    readonly operation?: string
    readonly detail?: JsonObject
  }
): AuditEntry {
  return present<AuditEntry>({
    at,
    platform: caller.platform.name,
    actor: 'platform',
    identity: caller.originatingIdentity,
    action: what.action,
    subject: what.subject,
    operation: what.operation,
    request: caller.requestId,
    detail: what.detail ?? {}
  })
}
