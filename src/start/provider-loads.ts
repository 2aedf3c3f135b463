import type { RetryBudgets } from '../engine/retry-budget.ts'
import type { Engine } from '../engine/runner.ts'
import type { ProviderLoad } from '../metrics.ts'
import type { Circuits } from '../transport/circuits.ts'

/** How it goes with each configured provider in this process, for the metrics. */
export function providerLoads({
  names,
  engine,
  circuits,
  retries
}: {
  readonly names: readonly string[]
  readonly engine: Pick<Engine, 'runningByProvider'>
  readonly circuits: Circuits
  readonly retries: RetryBudgets
}): readonly ProviderLoad[] {
  const running = engine.runningByProvider()
  const open = circuits.open()
  return names.map((provider) => ({
    provider,
    running: running.get(provider) ?? 0,
    openCircuits: open.filter((each) => each.provider === provider).length,
    retriesLeft: retries.left(provider)
  }))
}
