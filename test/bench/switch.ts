import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LOCAL_NAMES, type LocalName, readRecord } from '../../src/local/record.ts'
import { type BareServer, type BareWay, bareCopy, chosenTools } from './bare-copy.ts'
import { median, middleRatio } from './median.ts'
import { treeCpuSeconds } from './processes.ts'
import { machine, print, type Result, round } from './result.ts'
import { makeShop } from './shop.ts'
import {
  type BenchedInstance,
  provisioned,
  type SwitchParts,
  startSwitchingBroker
} from './switching-broker.ts'

const DEFAULT_MEGABYTES = 1024
const DEFAULT_ROUNDS = 3

interface Taken {
  readonly ms: number
  /** Of the broker, both servers and every program that was started. */
  readonly cpuSeconds: number
}

interface Round {
  readonly pipe: Taken
  readonly fastest: Taken
  readonly moved: Taken & SwitchParts
}

/**
 * `npm run bench:switch`: a switch over OSB beside what an operator would do by hand, `--size` megabytes, `--rounds` times.
 *
 * Each round moves the same database by all three ways in the same direction between the same two servers, and the next round moves it
 * back: nothing is made anew between the rounds, and each server is as often the source. The switch comes last, because it takes the
 * source away; the two bare ways change places from round to round. An empty target for a bare way begins with a checkpoint on the
 * target, so that no way writes the pages of the one before.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const megabytes = numberAt(argv, '--size', DEFAULT_MEGABYTES)
  const rounds = numberAt(argv, '--rounds', DEFAULT_ROUNDS)
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
  // The servers' user gets to its data through it.
  chmodSync(folder, 0o711)
  try {
    print(await measured(folder, megabytes, rounds), argv)
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

async function measured(folder: string, megabytes: number, rounds: number): Promise<Result> {
  const broker = await startSwitchingBroker(folder)
  try {
    const tools = await chosenTools()
    const instance = await provisioned(broker, 'berlin')
    tell(`a database of ${megabytes} MB`)
    const stored = await makeShop(await instance.uri(), megabytes)
    const seen: Round[] = []
    for (let number = 1; number <= rounds; number++) {
      const [from, to] = number % 2 === 1 ? (['berlin', 'paris'] as const) : (['paris', 'berlin'] as const)
      tell(`round ${number} of ${rounds}, from ${from} to ${to}`)
      const bare = (way: BareWay) => bareWay(way, instance, serverOf(folder, to), folder, tools)
      const isOdd = number % 2 === 1
      const first = await bare(isOdd ? 'pipe' : 'fastest')
      const second = await bare(isOdd ? 'fastest' : 'pipe')
      const moved = await moveTo(instance, to)
      const each = { pipe: isOdd ? first : second, fastest: isOdd ? second : first, moved }
      tell(lineOf(each))
      seen.push(each)
    }
    return { machine: machine(), size_mb: stored, rounds, ...summary(seen) }
  } finally {
    await broker.stop()
  }
}

async function bareWay(
  way: BareWay,
  instance: BenchedInstance,
  target: BareServer,
  folder: string,
  tools: Awaited<ReturnType<typeof chosenTools>>
): Promise<Taken> {
  const copy = await bareCopy(target, { from: await instance.uri(), folder, tools })
  try {
    return await taken(() => copy.run(way))
  } finally {
    await copy.remove()
  }
}

async function moveTo(instance: BenchedInstance, to: LocalName): Promise<Taken & SwitchParts> {
  let parts: SwitchParts | undefined
  const all = await taken(async () => {
    parts = await instance.switchTo(to)
  })
  if (!parts) throw new Error('the switch told nothing')
  // Its source is closed behind it: not what the next round shall share the machine with.
  await instance.quiet()
  return { ...all, ...parts }
}

async function taken(work: () => Promise<void>): Promise<Taken> {
  const cpu = treeCpuSeconds(process.pid)
  const began = performance.now()
  await work()
  return { ms: performance.now() - began, cpuSeconds: treeCpuSeconds(process.pid) - cpu }
}

function serverOf(folder: string, name: LocalName): BareServer {
  const record = readRecord(join(folder, 'data'))
  if (!record) throw new Error(`there are no servers ${LOCAL_NAMES.join(' and ')}`)
  return record.servers[name]
}

/** Ratios are of one round, and the middle one counts: what slows the machine slows all three. */
function summary(rounds: readonly Round[]): Result {
  const ms = (of: (round: Round) => number) => Math.round(median(rounds.map(of)))
  const ratio = (of: (round: Round) => readonly [number, number]) => round(middleRatio(rounds.map(of)))
  return {
    switch_vs_pipe: ratio(({ moved, pipe }) => [moved.ms, pipe.ms]),
    switch_vs_fastest: ratio(({ moved, fastest }) => [moved.ms, fastest.ms]),
    verify_vs_copy: ratio(({ moved }) => [moved.verifyMs, moved.copyMs]),
    switch_vs_pipe_cpu: ratio(({ moved, pipe }) => [moved.cpuSeconds, pipe.cpuSeconds]),
    switch_vs_fastest_cpu: ratio(({ moved, fastest }) => [moved.cpuSeconds, fastest.cpuSeconds]),
    freeze_ms: ms(({ moved }) => moved.freezeMs),
    pipe_ms: ms(({ pipe }) => pipe.ms),
    fastest_ms: ms(({ fastest }) => fastest.ms),
    switch_ms: ms(({ moved }) => moved.ms),
    switch_before_ms: ms(({ moved }) => moved.beforeMs),
    switch_shut_ms: ms(({ moved }) => moved.shutMs),
    switch_copy_ms: ms(({ moved }) => moved.copyMs),
    switch_verify_ms: ms(({ moved }) => moved.verifyMs),
    switch_cut_over_ms: ms(({ moved }) => moved.cutOverMs),
    pipe_cpu_s: round(median(rounds.map(({ pipe }) => pipe.cpuSeconds))),
    fastest_cpu_s: round(median(rounds.map(({ fastest }) => fastest.cpuSeconds))),
    switch_cpu_s: round(median(rounds.map(({ moved }) => moved.cpuSeconds)))
  }
}

function lineOf({ pipe, fastest, moved }: Round): string {
  const seconds = ({ ms, cpuSeconds }: Taken) => `${round(ms / 1000)} s (CPU ${round(cpuSeconds)} s)`
  return `pipe ${seconds(pipe)}, fastest ${seconds(fastest)}, switch ${seconds(moved)}`
}

function numberAt(argv: readonly string[], name: string, usual: number): number {
  if (!argv.includes(name)) return usual
  const value = Number(argv[argv.indexOf(name) + 1])
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} wants a whole number from 1 on`)
  return value
}

function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}
