import type { FailureKind } from '../../src/contract/errors.ts'
import type { Weather } from './breaker.ts'
import { askIn, on } from './scenes.ts'
import { demandSuccess } from './stage.ts'

const ANSWERS: readonly (readonly [Weather, readonly FailureKind[]])[] = [
  ['unavailable', ['unavailable', 'throttled']],
  ['denied', ['denied']],
  ['wrong key', ['denied']],
  ['hanging', ['unavailable']]
]

/** `portolan doctor` believes it. */
export const ping = on(async (stage) => {
  const { harness, engine, breaker, watch } = stage
  const work = async (_: unknown, call: Parameters<NonNullable<typeof harness.ping>>[0]) =>
    harness.ping?.(call)
  breaker.setWeather('fair')
  await demandSuccess(stage, 'ping', () => engine.step('ping', work))
  if (breaker.outbound() === 0) watch.problem('ping asks nobody, so it says nothing')
  else for (const [weather, kinds] of ANSWERS) await askIn(stage, weather, kinds, 'ping', work)
  breaker.setWeather('fair')
})
