import { newId } from '../domain/new-id.ts'
import type { Place } from '../store/looks.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'

/** A provider that is silent for so long is looked at when the next look is due. */
const DEADLINE_MS = 6 * 3600 * 1000

export interface LooksDue {
  /** 0: nobody looks but by order. */
  readonly everyMs: number
  /** Those that can be asked now. */
  readonly services: () => readonly Place[]
}

/**
 * Orders a look at every service that was not looked at for so long, whichever process comes first. Of each the last one is kept in the
 * books. Answers how many.
 */
export function looksDue({ everyMs, services }: LooksDue): EngineDeps['sweeps'][number] {
  if (everyMs === 0) return async () => 0
  return async (deps, session) => {
    const young = await deps.store.looks.young(session, everyMs)
    const due = services().filter(
      (each) => !young.some(({ provider, family }) => provider === each.provider && family === each.family)
    )
    let ordered = 0
    for (const place of due) if (await order(deps, session, place, everyMs)) ordered += 1
    return ordered
  }
}

async function order(
  { store, now }: EngineDeps,
  session: Session,
  place: Place,
  everyMs: number
): Promise<boolean> {
  const id = newId()
  const ordered = await store.looks.order(session, place, id, everyMs)
  if (!ordered) return false
  const { provider, family } = place
  await store.operations.insert(session, {
    id,
    kind: 'look',
    stage: 'look',
    platform: '',
    provider,
    request: { family },
    answered: true,
    deadlineMs: DEADLINE_MS,
    now: now()
  })
  if (ordered.before !== undefined) await store.operations.forget(session, ordered.before)
  return true
}
