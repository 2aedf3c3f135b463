import { reseal } from '../../store/reseal.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { operatorTrace } from './trace.ts'

/** One request works so long; a connection that says nothing for longer would be closed. */
const WORK_MS = 30_000

export interface Rotated {
  /** Id of the key that seals. */
  readonly key: string
  /** Rows that were sealed with another key. */
  readonly resealed: number
  /** Nothing is left that another key sealed; false: ask again. */
  readonly complete: boolean
}

/** Seals everything anew with the first key, while the broker serves. Afterwards the other keys can be removed. */
export async function rotateKeys(
  { store, now }: OperatorDeps,
  caller: OperatorCaller,
  workMs = WORK_MS
): Promise<Rotated> {
  const key = store.seal.keyId
  const until = performance.now() + workMs
  const { changed: resealed, complete } = await reseal(store, {
    mayGoOn: () => performance.now() < until,
    atEnd: (session, end) =>
      store.audit.insert(
        session,
        operatorTrace(caller, now(), {
          action: 'rotate',
          subject: 'keys',
          detail: { key, resealed: end.changed, complete: end.complete }
        })
      )
  })
  return { key, resealed, complete }
}
