import { removeBrokers } from '../support/broker-process.ts'
import type { StoreKind } from './run-journey.ts'
import type { Order } from './switch-crash/fate.ts'
import { openStage, type Stage } from './switch-crash/stage.ts'
import { nameOf, type Result, type Scene, trial } from './switch-crash/trial.ts'

export interface Line extends Result {
  readonly store: StoreKind
  readonly scene: Scene
}

const SCENES: readonly Scene[] = ['switch', 'different copy']

const SLEEPERS: readonly Order[] = [
  ['before begin', 1],
  ['before freeze', 1],
  ['before copy', 1],
  ['while pg_dump runs', 1],
  ['while pg_restore runs', 1],
  ['after copy', 1],
  ['before verify', 1],
  ['after verify', 1],
  ['before the commit of switch: cut-over', 1],
  ['before check', 3],
  ['after check', 3],
  ['before check', 4],
  ['after check', 4],
  ['before the commit of switch: succeeded', 1],
  ['before retire', 1]
].map(([point, nth]) => ({ point: String(point), nth: Number(nth), signal: 'SIGSTOP' }))

/** What happens to a broker, and on which way. */
export interface Death {
  readonly scene: Scene
  readonly order: Order
}

/** One death after the other. */
export async function dieAt(store: StoreKind, deaths: readonly Death[]): Promise<readonly Line[]> {
  const stage = await openStage(store)
  const lines: Line[] = []
  try {
    for (const { scene, order } of deaths)
      lines.push({ ...(await safeTrial(stage, scene, order)), store, scene })
    return lines
  } finally {
    await stage.end()
  }
}

/**
 * A broker dies at each point of each scene that `wanted` names, one after the other; where these are is told by the first line of a
 * scene, where nobody dies. Of two processes one also falls asleep for longer than its lease, and wakes up when the other has finished.
 */
async function everyDeath(
  store: StoreKind,
  wanted: (point: string) => boolean,
  told: (line: Line) => void
): Promise<void> {
  const stage = await openStage(store)
  try {
    for (const scene of SCENES) {
      const nobody = await trial(stage, scene, undefined)
      told({ ...nobody, store, scene })
      const sleepers = store === 'postgres' && scene === 'switch' ? SLEEPERS : []
      const orders = [...ordersOf(scene, nobody.reached), ...sleepers]
      for (const order of orders.filter((each) => wanted(`${scene}: ${nameOf(each)}`)))
        told({ ...(await safeTrial(stage, scene, order)), store, scene })
    }
  } finally {
    await stage.end()
  }
}

/** Every point as often as it is reached; of the second scene only what the first has not. */
function ordersOf(scene: Scene, reached: readonly string[]): Order[] {
  const orders: Order[] = []
  const counts = new Map<string, number>()
  const from = scene === 'switch' ? -1 : reached.indexOf('after verify')
  for (const [index, point] of reached.entries()) {
    const nth = (counts.get(point) ?? 0) + 1
    counts.set(point, nth)
    // A commit that another transaction sees happening is told by both.
    const isTold = nth > 1 && point.includes('the commit of')
    if (index > from && !isTold) orders.push({ point, nth, signal: 'SIGKILL' })
  }
  return orders
}

/** What ends a trial before its end is a finding too. */
async function safeTrial(stage: Stage, scene: Scene, order: Order): Promise<Result> {
  try {
    return await trial(stage, scene, order)
  } catch (error) {
    const findings = [error instanceof Error ? (error.stack ?? error.message) : String(error)]
    return { point: nameOf(order), outcome: 'rolled back', seconds: Number.NaN, findings, reached: [] }
  }
}

/** `npm run journey:switch-crash [-- --store sqlite|postgres --only REGEXP]`: a matrix of every point; the exit code is 1 unless all is in order. */
export async function main(argv: readonly string[]): Promise<never> {
  const only = valueOf(argv, '--only')
  const store = valueOf(argv, '--store')
  let code = 0
  try {
    for (const each of ['sqlite', 'postgres'] as const) {
      if (store !== undefined && store !== each) continue
      await everyDeath(
        each,
        (point) => only === undefined || new RegExp(only).test(point),
        (line) => {
          console.log(textOf(line))
          if (line.findings.length > 0) code = 1
        }
      )
    }
  } finally {
    await removeBrokers()
  }
  process.exit(code)
}

function textOf({ store, scene, point, outcome, seconds, findings }: Line): string {
  const columns = [store.padEnd(9), scene.padEnd(15), point.padEnd(48), outcome.padEnd(12)]
  return [
    `${columns.join(' ')} ${seconds.toFixed(1).padStart(6)} s`,
    ...findings.map((text) => `    ✖ ${text}`)
  ].join('\n')
}

function valueOf(argv: readonly string[], name: string): string | undefined {
  return argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined
}
