import { runJourney, type StoreKind } from './run-journey.ts'
import { ask, fill } from './switch/fixture.ts'
import { type Bound, expectStatus, type MovingInstance, newInstance } from './switch/instance.ts'
import { type Leg, switchTo } from './switch/leg.ts'
import { openStage } from './switch/stage.ts'
import { startWatcher } from './switch/watcher.ts'
import { readAfter, startWorker, type Worker, writeAsGroup, writeAsOwner } from './switch/writer.ts'

export interface SwitchReport {
  readonly store: StoreKind
  readonly megabytes: number
  readonly legs: readonly Leg[]
  readonly writes: { readonly acknowledged: number; readonly unknown: number; readonly found: number }
  readonly seconds: number
  readonly findings: readonly string[]
}

const WARM_MS = 1000

/**
 * berlin → paris → berlin over OSB, while an application writes and reads under three logins, and a platform looks, binds and unbinds.
 * In between one login is rotated.
 */
export async function switchJourney(store: StoreKind, megabytes: number): Promise<SwitchReport> {
  const began = Date.now()
  const stage = await openStage(store)
  try {
    const instance = await newInstance(stage.client, 'berlin')
    const [group, owner, reader] = [
      await instance.bind(),
      await instance.bind(),
      await instance.bind({ access: 'read-only' })
    ]
    await fill(stage.server('berlin'), group, owner, megabytes)
    const writer = startWorker('writer', instance, group, writeAsGroup)
    const workers = [
      writer,
      startWorker('owner', instance, owner, writeAsOwner),
      startWorker('reader', instance, reader, readAfter(writer))
    ]
    const watcher = startWatcher(instance)
    await progress(workers)
    const legs = [await switchTo(stage, instance, 'paris', workers, watcher)]
    await progress(workers)
    const renewed = await rotate(instance, writer, group)
    await progress(workers)
    legs.push(await switchTo(stage, instance, 'berlin', workers, watcher))
    await progress(workers)
    await Promise.all([watcher.stop(), ...workers.map((worker) => worker.stop())])
    const found = await reckon(instance, workers, writer.binding)
    return {
      store,
      megabytes,
      legs,
      writes: found.writes,
      seconds: Math.round((Date.now() - began) / 1000),
      findings: [
        ...legs.flatMap(({ findings }) => findings),
        ...workers.flatMap(({ surprises }) => surprises),
        ...renewed,
        ...found.findings
      ]
    }
  } finally {
    await stage.end()
  }
}

/** Until each of them has done something since; and a moment, so that there is something to lose. */
async function progress(workers: readonly Worker[]): Promise<void> {
  const before = workers.map(({ done }) => done)
  const deadline = Date.now() + 60_000
  await new Promise((resolve) => setTimeout(resolve, WARM_MS))
  while (workers.some(({ done }, at) => done <= (before[at] ?? 0))) {
    if (Date.now() > deadline)
      throw new Error(`nothing is done: ${workers.map(({ surprises }) => surprises.join('; ')).join('; ')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The platform is told to renew, and the writer goes over to the new login without a failed write. */
async function rotate(instance: MovingInstance, writer: Worker, old: Bound): Promise<readonly string[]> {
  const { body } = expectStatus(await instance.fetchBinding(old.id), 200)
  const findings: string[] = []
  const metadata = (body['metadata'] ?? {}) as { renew_before?: unknown }
  if (metadata.renew_before === undefined) findings.push('a binding does not tell that it should be renewed')
  const next = await instance.bind({}, old.id)
  if (next.credentials['user'] === old.credentials['user']) findings.push('the new login is the old one')
  const interrupted = writer.outages.length
  writer.use(next)
  await progress([writer])
  if (writer.outages.length > interrupted) findings.push('the rotation interrupted the writer')
  const now = (await instance.fetchBinding(old.id)).body['credentials'] as Bound['credentials']
  await ask({ credentials: now }, 'SELECT 1')
  return findings
}

/** Every acknowledged write is there, once; nothing is there that nobody sent. */
async function reckon(instance: MovingInstance, workers: readonly Worker[], binding: string) {
  const { body } = expectStatus(await instance.fetchBinding(binding), 200)
  const credentials = body['credentials'] as Bound['credentials']
  const findings: string[] = []
  const writes = { acknowledged: 0, unknown: 0, found: 0 }
  for (const [at, table] of ['journey.lines', 'own.lines'].entries()) {
    const worker = workers[at]
    if (worker === undefined) continue
    const { acknowledged, unknown } = worker
    const rows = await ask({ credentials }, `SELECT n FROM ${table}`)
    const found = new Set(rows.map(({ n }) => Number(n)))
    const lost = [...acknowledged].filter((n) => !found.has(n))
    const strange = [...found].filter((n) => !acknowledged.has(n) && !unknown.has(n))
    if (lost.length > 0) findings.push(`lost in ${table}: ${lost.join(', ')}`)
    if (strange.length > 0) findings.push(`nobody wrote to ${table}: ${strange.join(', ')}`)
    writes.acknowledged += acknowledged.size
    writes.unknown += unknown.size
    writes.found += found.size
  }
  const [sums] = await ask(
    { credentials },
    'SELECT (SELECT sum(v) FROM journey.counters)::int AS counted, (SELECT count(*) FROM journey.lines)::int AS lines'
  )
  if (sums?.['counted'] !== sums?.['lines'])
    findings.push(`${String(sums?.['counted'])} counted, ${String(sums?.['lines'])} lines`)
  return { writes, findings }
}

const FULL_MEGABYTES = 40

/** `npm run journey:switch [-- --megabytes N --store sqlite|postgres]`. */
export function main(argv: readonly string[]): Promise<never> {
  return runJourney(argv, { option: '--megabytes', full: FULL_MEGABYTES }, switchJourney)
}
