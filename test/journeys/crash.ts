import { seeded } from '../support/seeded.ts'
import { live } from './crash/life.ts'
import { type Kind, type Model, newModel } from './crash/model.ts'
import { type Platform, platform } from './crash/platform.ts'
import { startReaper } from './crash/reaper.ts'
import { type Reckoning, reckon } from './crash/reckoning.ts'
import { openStage, type Stage } from './crash/stage.ts'
import { runJourney, type StoreKind } from './run-journey.ts'

export interface CrashReport {
  readonly store: StoreKind
  readonly processes: number
  readonly seed: number
  readonly operations: number
  readonly kinds: Readonly<Record<Kind, number>>
  readonly kills: number
  readonly lost: number
  readonly doubled: number
  readonly leftBehind: number
  readonly notEnded: number
  readonly wrongLogins: number
  /** Answers that no platform should get here. */
  readonly surprises: number
  readonly loginsTried: { readonly living: number; readonly unbound: number }
  readonly seconds: number
  /** What stands behind the numbers. */
  readonly findings: readonly string[]
}

const PLATFORM_THREADS = 6

/**
 * Operations of all kinds from a platform that keeps a model, while brokers are killed at random moments; then the model is
 * compared with the broker and with what really stands at the providers. `meddle` comes in between.
 */
export async function crashJourney(
  store: StoreKind,
  operations: number,
  seed: number,
  meddle?: (stage: Stage, model: Model, client: Platform) => Promise<void>
): Promise<CrashReport> {
  const began = Date.now()
  const random = seeded(seed)
  const stage = await openStage(store)
  try {
    const reaper = startReaper(stage.brokers, random)
    const model = newModel(operations)
    const client = platform(stage.login, reaper, random)
    await Promise.all(Array.from({ length: PLATFORM_THREADS }, () => live(model, client, random)))
    await reaper.rest()
    await meddle?.(stage, model, client)
    const found = await reckon(stage, model, client)
    return {
      store,
      processes: stage.brokers.length,
      seed,
      operations: Object.values(model.counts).reduce((sum, count) => sum + count, 0),
      kinds: model.counts,
      kills: reaper.kills,
      lost: found.lost.length,
      doubled: found.doubled.length,
      leftBehind: found.leftBehind.length,
      notEnded: found.notEnded.length,
      wrongLogins: found.logins.length,
      surprises: model.surprises.length,
      loginsTried: {
        living: [...model.living.values()].reduce((sum, { bindings }) => sum + bindings.size, 0),
        unbound: model.unbound.length
      },
      seconds: Math.round((Date.now() - began) / 1000),
      findings: [...findings(found), ...model.surprises.map((text) => `surprise: ${text}`)]
    }
  } finally {
    await stage.end()
  }
}

function findings(found: Reckoning): string[] {
  return Object.entries(found).flatMap(([kind, list]) => (list as string[]).map((text) => `${kind}: ${text}`))
}

const FULL_SIZE = 205

/** `npm run journey:crash [-- --operations N --store sqlite|postgres --seed S]`. */
export function main(argv: readonly string[]): Promise<never> {
  return runJourney(argv, { option: '--operations', full: FULL_SIZE }, crashJourney)
}
