import type { Switch } from '../../domain/switch.ts'
import { timeOf } from '../operator/time.ts'
import type { SwitchDeps } from './deps.ts'

/** A login of the instance that the source has turned away since the cut-over: its application has not followed. */
export interface StillTrying {
  readonly login: string
  readonly times: number
  /** ISO 8601. */
  readonly last: string
}

/** Of a completed switch whose source can tell; from its log, so it is read outside of any transaction. */
export async function stillTrying(
  { store, turnedAway }: Pick<SwitchDeps, 'store' | 'turnedAway'>,
  { kind, state, endedAt, instance, from }: Switch
): Promise<readonly StillTrying[] | undefined> {
  if (kind !== 'switch' || state !== 'completed' || endedAt === undefined) return undefined
  const seen = await turnedAway(from.provider, endedAt)
  if (seen.length === 0) return []
  const living = await store.database.read((session) => store.bindings.living(session, instance))
  const own = new Set(living.map(({ login }) => login))
  return seen
    .filter(({ login }) => own.has(login))
    .map(({ login, times, lastAt }) => ({ login, times, last: timeOf(lastAt) }))
}
