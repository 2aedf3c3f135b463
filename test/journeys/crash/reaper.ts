import type { BrokerProcess } from '../../support/broker-process.ts'
import type { Seeded } from '../../support/seeded.ts'

/** Kills brokers at random moments and starts them again. */
export interface Reaper {
  readonly kills: number
  /** Kill one that runs now, as if by chance: after so many milliseconds. */
  soon(afterMs: number): void
  /** A broker that runs; waits until there is one. */
  living(): Promise<BrokerProcess>
  /** No further kills; everything runs again. */
  rest(): Promise<void>
}

/** Between two kills that nobody asked for. */
const SOONEST_MS = 400
const LATEST_MS = 5000
/** Both at once, where there are two. */
const ALL_AT_ONCE = 0.25

export function startReaper(brokers: readonly BrokerProcess[], random: Seeded): Reaper {
  let kills = 0
  let isResting = false
  const restarting = new Map<BrokerProcess, Promise<void>>()

  function strike(chosen: readonly BrokerProcess[]): void {
    for (const broker of chosen) {
      if (isResting || restarting.has(broker) || !broker.isRunning) continue
      kills += 1
      const back = broker
        .kill()
        .then(() => broker.start())
        .finally(() => restarting.delete(broker))
      restarting.set(broker, back)
      // Told by `rest`.
      back.catch(() => undefined)
    }
  }

  function victims(): readonly BrokerProcess[] {
    return brokers.length > 1 && random.chance(ALL_AT_ONCE) ? brokers : [random.pick(brokers)]
  }

  let timer: NodeJS.Timeout
  function arm(): void {
    timer = setTimeout(
      () => {
        strike(victims())
        arm()
      },
      SOONEST_MS + random.below(LATEST_MS - SOONEST_MS)
    )
  }
  arm()

  return {
    get kills() {
      return kills
    },
    soon(afterMs) {
      setTimeout(() => strike(victims()), afterMs)
    },
    async living() {
      for (;;) {
        const ready = brokers.filter((broker) => broker.isRunning && !restarting.has(broker))
        if (ready.length > 0) return random.pick(ready)
        await Promise.race(restarting.values())
      }
    },
    async rest() {
      isResting = true
      clearTimeout(timer)
      await Promise.all(restarting.values())
    }
  }
}
