import type { JsonObject } from '../contract/json.ts'
import { maybeText, object, present, text, whole } from './columns.ts'
import { insert } from './insert.ts'
import { type Numbered, type Paging, page } from './page.ts'
import type { Row, Session, SqlParameter } from './session.ts'

/** One thing that was done, written in the transaction of what it tells. Never a secret. */
export interface AuditEntry {
  readonly at: number
  /** Empty for what concerns no platform. */
  readonly platform: string
  /** `platform`, `operator:<name>` or `broker`. */
  readonly actor: string
  /** X-Broker-API-Originating-Identity as claimed. */
  readonly identity?: string
  readonly action: string
  /** `instance <osb id>`, `binding <osb id>`, `keys` … */
  readonly subject: string
  readonly operation?: string
  /** The request id that the log carries. */
  readonly request?: string
  readonly detail: JsonObject
}

export interface AuditFilter extends Paging {
  /** Any of these. */
  readonly subject?: readonly string[]
  readonly platform?: string
  readonly actor?: string
}

export function auditTable() {
  return {
    async insert(session: Session, entry: AuditEntry): Promise<void> {
      insert(session, 'audit', columnsOf(entry))
    },

    /** What was done so to any of these, after that moment. */
    async doneSince(
      session: Session,
      done: {
        readonly action: string
        readonly platform: string
        readonly subjects: readonly string[]
        readonly after: number
      }
    ): Promise<{ readonly subject: string; readonly detail: JsonObject }[]> {
      const { action, platform, subjects, after } = done
      if (subjects.length === 0) return []
      const rows = await session.read(
        `select distinct subject, detail from audit where at > ? and action = ? and platform = ?
            and subject in (${subjects.map(() => '?').join(', ')})`,
        [after, action, platform, ...subjects]
      )
      return rows.map((row) => ({ subject: text(row, 'subject'), detail: object(text(row, 'detail')) }))
    },

    /** The newest first. */
    async list(session: Session, filter: AuditFilter): Promise<(AuditEntry & Numbered)[]> {
      const { subject, platform, actor } = filter
      const rows = await page(session, 'audit', { subject, platform, actor }, filter)
      return rows.map(auditRow)
    }
  }
}

export function columnsOf(entry: AuditEntry): Record<string, SqlParameter> {
  return {
    at: entry.at,
    platform: entry.platform,
    actor: entry.actor,
    identity: entry.identity ?? null,
    action: entry.action,
    subject: entry.subject,
    operation: entry.operation ?? null,
    request: entry.request ?? null,
    detail: JSON.stringify(entry.detail)
  }
}

export function auditRow(row: Row): AuditEntry & Numbered {
  return present<AuditEntry & Numbered>({
    seq: whole(row, 'seq'),
    at: whole(row, 'at'),
    platform: text(row, 'platform'),
    actor: text(row, 'actor'),
    identity: maybeText(row, 'identity'),
    action: text(row, 'action'),
    subject: text(row, 'subject'),
    operation: maybeText(row, 'operation'),
    request: maybeText(row, 'request'),
    detail: readable(text(row, 'detail'))
  })
}

/** Somebody may have written into the table by hand: that must be found, and stop nothing. */
function readable(detail: string): JsonObject {
  try {
    return object(detail)
  } catch {
    return { unreadable: detail }
  }
}
