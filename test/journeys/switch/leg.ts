import type { LocalName } from '../../../src/local/record.ts'
import { differences, lookInto } from './compare.ts'
import { expectStatus, type MovingInstance } from './instance.ts'
import { enteredAt, recordOf, type SwitchRecord, settled } from './record.ts'
import type { Stage } from './stage.ts'
import type { Heard, Watcher } from './watcher.ts'
import type { Outage, Worker } from './writer.ts'

/** Numbers of one switch, and what is wrong. */
export interface Leg {
  readonly to: LocalName
  readonly wholeMs: number
  /** As the broker tells it. */
  readonly freezeMs: number
  readonly copyMs: number
  readonly verifyMs: number
  readonly megabytes: number
  readonly rows: number
  /** Per worker: from the last good one at the source to the first good one at the target. */
  readonly felt: Readonly<Record<string, number>>
  readonly binds: { readonly made: number; readonly refused: number }
  readonly fetches: number
  /** Lines and tables that were compared, by the journey itself. */
  readonly compared: number
  readonly findings: readonly string[]
}

/** One switch over OSB, while everybody works on. */
export async function switchTo(
  stage: Stage,
  instance: MovingInstance,
  to: LocalName,
  workers: readonly Worker[],
  watcher: Watcher
): Promise<Leg> {
  const from = instance.place
  const begun = Date.now()
  const before = workers.map(({ outages }) => outages.length)
  const accepted = expectStatus(await instance.move(to), 202)
  const ended = await instance.ended(String(accepted.body['operation']))
  const wholeMs = Date.now() - begun
  const record = await recordOf(stage.store, instance.id)
  if (ended['state'] !== 'succeeded') throw new Error(`the switch failed: ${String(ended['description'])}`)
  await settled(stage.store)
  const source = await lookInto({ root: stage.server(from), database: record.from })
  const target = await lookInto({ root: stage.server(to), database: record.to })
  const outages = workers.map(({ name, outages: all }, at) => ({ name, outages: all.slice(before[at]) }))
  const { figures } = record
  return {
    to,
    wholeMs,
    freezeMs: figures.freezeMs,
    copyMs: figures.copyMs,
    verifyMs: figures.verifyMs,
    megabytes: Math.round(figures.bytes / 1e6),
    rows: figures.rows,
    felt: Object.fromEntries(outages.map(({ name, outages: [one] }) => [name, one ? lengthOf(one) : 0])),
    binds: countOf(watcher.binds, record),
    fetches: watcher.fetches.filter(({ from: at }) => at >= begun).length,
    compared: target.size,
    findings: [
      ...differences(source, target).map((text) => `different after the switch to ${to}: ${text}`),
      ...outages.flatMap(({ name, outages: own }) => outsideFreeze(name, own, record)),
      ...wrongAnswers(watcher, record)
    ]
  }
}

function lengthOf({ lastBefore, firstAfter }: Outage): number {
  return firstAfter - lastBefore
}

/** One interruption, which begins in the freeze and ends at the target. */
function outsideFreeze(name: string, outages: readonly Outage[], record: SwitchRecord): readonly string[] {
  const [freeze, over] = [enteredAt(record, 'freeze'), enteredAt(record, 'completed')]
  return outages.flatMap(({ firstFailure, firstAfter, reasons }) => {
    const when = `${firstFailure - freeze} ms after the freeze began, ${firstAfter - over} ms after the cut-over: ${reasons.join('; ')}`
    const isInside = firstFailure >= freeze && firstFailure <= over && firstAfter >= over
    return isInside && outages.length === 1 ? [] : [`${name} was interrupted ${when}`]
  })
}

function countOf(binds: readonly Heard[], { timeline }: SwitchRecord) {
  const since = timeline[0]?.at ?? 0
  const during = binds.filter(({ from }) => from >= since)
  const many = (status: number) => during.filter((heard) => heard.status === status).length
  return { made: many(201), refused: many(422) }
}

const LONGEST_UNBIND_MS = 5000

/** The instance is always there; it is bound and unbound until the freeze, and not from then on. */
function wrongAnswers({ fetches, binds, unbinds }: Watcher, record: SwitchRecord): readonly string[] {
  const [begun, freeze, over] = [
    record.timeline[0]?.at ?? 0,
    enteredAt(record, 'freeze'),
    enteredAt(record, 'completed')
  ]
  // From `gather` on nobody binds, which is a moment before the freeze is told.
  const ready = enteredAt(record, 'ready')
  const wrong: string[] = []
  const tell = (what: string, { status, text, from }: Heard) =>
    wrong.push(`${what} says ${status} ${from - begun} ms after the switch began: ${text}`)
  for (const heard of fetches) if (heard.status !== 200) tell('GET', heard)
  const changes = [...binds, ...unbinds].filter(({ from }) => from >= begun)
  for (const heard of changes) {
    const isGood = heard.status === 200 || heard.status === 201
    const isRefused = heard.status === 422 && heard.error === 'ConcurrencyError'
    if (!isGood && !isRefused) tell('a bind or unbind', heard)
    else if (isRefused && (heard.until < ready || heard.from > over)) tell('a bind or unbind', heard)
    else if (isGood && heard.from > freeze && heard.until < over) tell('a bind or unbind', heard)
  }
  // A removal takes seconds, and a quick switch is frozen before the next bind has its turn.
  const hadTime = freeze - begun > LONGEST_UNBIND_MS
  if (hadTime && !changes.some(({ status, until }) => status === 201 && until < freeze))
    wrong.push('no bind before the freeze')
  if (!changes.some(({ status }) => status === 422)) wrong.push('no bind in the freeze')
  return wrong
}
