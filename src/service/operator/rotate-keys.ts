import { reseal } from '../../store/reseal.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { operatorTrace } from './trace.ts'

/** Seals everything anew with the first key, while the broker serves. Afterwards the other keys can be removed. */
export async function rotateKeys(
  { store, now }: OperatorDeps,
  caller: OperatorCaller
): Promise<{ readonly key: string; readonly resealed: number }> {
  const key = store.seal.keyId
  const resealed = await reseal(store, (session, changed) =>
    store.audit.insert(
      session,
      operatorTrace(caller, now(), { action: 'rotate', subject: 'keys', detail: { key, resealed: changed } })
    )
  )
  return { key, resealed }
}
