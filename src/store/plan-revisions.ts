import type { Plan } from '../domain/offer.ts'
import { text } from './columns.ts'
import type { Session } from './session.ts'

/** Plans as they were when an instance was made by them: numbered per plan, never changed, found by their digest. */
export function planRevisionTable() {
  const known = new Map<string, Plan>()
  const committed = new Set<string>()

  return {
    async byDigest(session: Session, digest: string): Promise<Plan | undefined> {
      const seen = known.get(digest)
      if (seen) return seen
      const [row] = await session.read('select body from plan_revisions where digest = ?', [digest])
      if (!row) return undefined
      const plan = JSON.parse(text(row, 'body')) as Plan
      known.set(digest, plan)
      return plan
    },

    /** After the transaction that kept it, or found it kept: it need not be asked for again. */
    remember(digest: string): void {
      committed.add(digest)
    },

    /** In the transaction that first points at it. */
    async keep(session: Session, digest: string, body: string, planId: string): Promise<void> {
      if (committed.has(digest)) return
      // Asked of the store: what was read inside a transaction that was undone is known, but not kept.
      const kept = await session.read('select 1 as kept from plan_revisions where digest = ?', [digest])
      if (kept.length > 0) return
      session.queue(
        `insert into plan_revisions (digest, plan_id, number, body, created_at)
          select ?, ?, (select count(*) + 1 from plan_revisions where plan_id = ?), ?, :now
          where true on conflict (digest) do nothing`,
        [digest, planId, planId, body]
      )
    }
  }
}
