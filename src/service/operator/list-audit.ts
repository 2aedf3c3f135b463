import { type AuditView, auditView } from './audit-view.ts'
import type { OperatorDeps } from './deps.ts'
import type { AuditQuery } from './operator-service.ts'
import { oneMore, type Page, pageOf } from './page.ts'

const KINDS = ['instance', 'binding', 'operation']

export async function listAudit({ store }: OperatorDeps, query: AuditQuery): Promise<Page<AuditView>> {
  const { subject, ...rest } = query
  const subjects =
    subject === undefined ? {} : { subject: [subject, ...KINDS.map((kind) => `${kind} ${subject}`)] }
  return store.database.read(async (session) =>
    pageOf(await store.audit.list(session, { ...oneMore(rest), ...subjects }), query, auditView)
  )
}
