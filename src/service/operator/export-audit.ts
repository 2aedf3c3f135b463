import type { LinkedRow } from '../../store/audit-chain.ts'
import { type AuditView, auditView } from './audit-view.ts'
import type { OperatorDeps } from './deps.ts'
import type { PageRequest } from './page.ts'
import { timeOf } from './time.ts'

/** A link, and the row that it seals: what is needed to verify it in another place. */
export interface ExportedRow extends Partial<AuditView> {
  readonly link: { readonly number: number; readonly at: string } & Readonly<Record<string, unknown>>
}

export interface ExportedPage {
  readonly broker: string
  /** Keys of links that have left the ring, sealed with one of the ring. */
  readonly keys: Readonly<Record<string, string>>
  /** In the order of the chain. */
  readonly items: readonly ExportedRow[]
  readonly next?: number
}

export async function exportAudit(
  deps: OperatorDeps,
  { after = 0, limit }: PageRequest
): Promise<ExportedPage> {
  const { store, audit, brokerId } = deps
  if (after === 0) await audit.look()
  return store.database.read(async (session) => {
    const linked = await store.auditChain.page(session, after, limit)
    const last = linked.length === limit ? linked.at(-1) : undefined
    return {
      broker: brokerId,
      keys: await store.auditChain.keptKeys(session),
      items: linked.map(exported),
      ...(last ? { next: last.link.number } : {})
    }
  })
}

function exported({ link, row }: LinkedRow): ExportedRow {
  const told = { ...link, at: timeOf(link.at) }
  return { ...(row ? auditView(row) : {}), link: told }
}
