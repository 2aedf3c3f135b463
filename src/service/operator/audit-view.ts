import type { JsonObject } from '../../contract/json.ts'
import type { AuditEntry } from '../../store/audit.ts'
import { timeOf } from './time.ts'

/** An audit row as operators read it. */
export interface AuditView {
  readonly seq: number
  readonly at: string
  /** Absent for what concerns no platform. */
  readonly platform?: string
  readonly actor: string
  /** As the platform claimed it; authorises nothing. */
  readonly identity?: string
  readonly action: string
  readonly subject: string
  readonly operation?: string
  /** The request id that the log carries. */
  readonly request?: string
  readonly detail: JsonObject
}

export function auditView({ platform, at, ...entry }: AuditEntry & { readonly seq: number }): AuditView {
  return { ...entry, at: timeOf(at), ...(platform === '' ? {} : { platform }) }
}
