import type { EngineDeps } from '../engine/deps.ts'
import { orderErasure } from '../store/order-erasure.ts'
import type { Session } from '../store/session.ts'

const AT_ONCE = 100

/** Retained sources whose time is over are erased. Answers how many. */
export async function retentionOver({ store, now }: EngineDeps, session: Session): Promise<number> {
  const overdue = await store.resources.overdue(session, AT_ONCE)
  for (const resource of overdue)
    await orderErasure(store, session, resource, { by: 'retention', now: now() })
  return overdue.length
}
