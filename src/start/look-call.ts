import { ProviderFailure } from '../contract/errors.ts'
import type { Call } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Reach } from '../registry/reach.ts'

/** For a look at a provider that no operation needs. */
export function callFor(
  ports: EngineDeps['ports'],
  { provider, reach }: { readonly provider: string; readonly reach: Reach },
  withinMs: number
): Call {
  const signal = AbortSignal.timeout(withinMs)
  return {
    ...ports({ signal, deadlineMs: withinMs, provider, reach }),
    signal,
    now: new Date(),
    attempt: 1,
    note: () => {}
  }
}

/** Why a look came to nothing, in words for an operator. */
export function whyOf(error: unknown): string {
  return error instanceof ProviderFailure ? error.message : 'it failed unexpectedly'
}
