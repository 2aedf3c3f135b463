import { isDeepStrictEqual } from 'node:util'
import { type ChainHead, NO_HEAD, type RecoveryReason } from '../domain/checkpoint.ts'
import { whole } from './columns.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

export const RECOVERY = 'recovery'

/** The witness of a store that was restored from a backup: nobody but those outside can tell what it lacks. */
export const RESTORED = 'a restore'

/** Set for all processes, until an operator has confirmed. */
export async function recoveryReason(store: Store, session: Session): Promise<RecoveryReason | undefined> {
  const kept = await store.settings.get(session, RECOVERY)
  return kept === undefined ? undefined : (JSON.parse(kept) as RecoveryReason)
}

export async function isRecovering(store: Store, session: Session): Promise<boolean> {
  return (await store.settings.get(session, RECOVERY)) !== undefined
}

/** The first reason stays; of what was seen the furthest. None when an operator has confirmed since somebody looked. */
export async function beginRecovery(
  store: Store,
  witness: string,
  seen: ChainHead
): Promise<RecoveryReason | undefined> {
  return store.database.write(async (session) => {
    const known = await recoveryReason(store, session)
    if (known && known.seen.number >= seen.number) return known
    if (!(await isBehind(store, session, seen))) return known
    const [row] = await session.read('select cast(:now as bigint) as now')
    const { number, mac, at } = await store.auditChain.head(session)
    const reason: RecoveryReason = {
      since: known?.since ?? (row ? whole(row, 'now') : 0),
      witness,
      seen: { number: seen.number, mac: seen.mac, at: seen.at },
      found: { number, mac, at }
    }
    await store.settings.set(session, RECOVERY, JSON.stringify(reason))
    return reason
  })
}

/** Is the store older than what this checkpoint saw, or another one's? A break that was confirmed later explains it. */
export async function isBehind(store: Store, session: Session, seen: ChainHead): Promise<boolean> {
  if (seen.number === NO_HEAD.number) return false
  const link = await store.auditChain.linkAt(session, seen.number)
  if (link?.mac === seen.mac) return false
  const broken = await store.auditChain.lastBreak(session)
  return broken === undefined || broken.number <= seen.number
}

/**
 * Somebody outside has seen exactly what a restored store ends with: it is the newest there is. Answers the reason that another
 * process has found meanwhile.
 */
export async function forgetRestore(
  store: Store,
  restored: RecoveryReason
): Promise<RecoveryReason | undefined> {
  return store.database.write(async (session) => {
    const known = await recoveryReason(store, session)
    if (!isDeepStrictEqual(known, restored)) return known
    await session.write('delete from settings where name = ?', [RECOVERY])
    return undefined
  })
}

/** Ends it for all processes: the chain goes on behind what is lost, and says so. */
export async function endRecovery(
  store: Store,
  session: Session,
  reason: RecoveryReason
): Promise<{ readonly link: number; readonly after: number }> {
  const after = await store.auditChain.head(session)
  const [row] = await session.read('select cast(:now as bigint) as now')
  const { number } = await store.auditChain.appendBreak(
    session,
    after,
    { after: { number: after.number, mac: after.mac, at: after.at }, seen: reason.seen },
    row ? whole(row, 'now') : 0
  )
  await session.write('delete from settings where name = ?', [RECOVERY])
  // What was an orphan by older books may have been an instance's since.
  await store.orphans.forgetAll(session)
  return { link: number, after: after.number }
}
