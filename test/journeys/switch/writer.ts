import type pg from 'pg'
import { objectAt } from '../../../src/contract/read.ts'
import { clientFor } from '../../support/logs-in.ts'
import { COUNTERS } from './fixture.ts'
import { type Bound, type MovingInstance, pause } from './instance.ts'

/** From the last that went well to the first that went well again. */
export interface Outage {
  readonly lastBefore: number
  readonly firstFailure: number
  readonly firstAfter: number
  readonly reasons: readonly string[]
}

/** An application that works all the time, and fetches its credentials again when it fails. */
export interface Worker {
  readonly name: string
  readonly binding: string
  /** Numbers of writes that the server acknowledged. A reader has none. */
  readonly acknowledged: ReadonlySet<number>
  /** Numbers of writes that were sent, and nobody knows. */
  readonly unknown: ReadonlySet<number>
  /** The highest number that was acknowledged. */
  readonly latest: number
  readonly done: number
  readonly outages: readonly Outage[]
  /** What may never be, as sentences. */
  readonly surprises: readonly string[]
  /** From its next connection on it uses another binding; the present one is ended. */
  use(binding: Bound): void
  stop(): Promise<void>
}

const PACE_MS = 8
const AGAIN_MS = 40

/** One unit of work. `n` counts them. */
type Work = (client: pg.Client, n: number, surprise: (text: string) => void) => Promise<void>

export function startWorker(name: string, instance: MovingInstance, bound: Bound, work: Work): Worker {
  let binding = bound.id
  let { credentials } = bound
  let client: pg.Client | undefined
  const over = new AbortController()
  let [n, latest, done, lastGood] = [0, 0, 0, Date.now()]
  let next: Bound | undefined
  let trouble: { firstFailure: number; reasons: Set<string> } | undefined
  const [acknowledged, unknown] = [new Set<number>(), new Set<number>()]
  const outages: Outage[] = []
  const surprises: string[] = []

  async function connected(): Promise<pg.Client> {
    if (next !== undefined) {
      await client?.end()
      client = undefined
      binding = next.id
      credentials = next.credentials
      next = undefined
    }
    if (client !== undefined) return client
    const made = clientFor(credentials)
    made.on('error', () => undefined)
    await made.connect()
    client = made
    return made
  }

  function went(): void {
    const now = Date.now()
    if (trouble !== undefined) {
      const { firstFailure, reasons } = trouble
      outages.push({ lastBefore: lastGood, firstFailure, firstAfter: now, reasons: [...reasons] })
    }
    trouble = undefined
    lastGood = now
    done += 1
  }

  async function failed(thrown: unknown): Promise<void> {
    const { code, message } = thrown as { code?: string; message?: string }
    trouble ??= { firstFailure: Date.now(), reasons: new Set() }
    trouble.reasons.add(`${code ?? ''} ${message ?? ''}`.trim())
    client?.end().catch(() => undefined)
    client = undefined
    const answer = await instance.fetchBinding(binding)
    if (answer.status === 200) credentials = objectAt(answer.body, 'credentials')
    else surprises.push(`${name}: GET of its binding says ${answer.status} ${answer.text}`)
    await pause(AGAIN_MS)
  }

  const inTrouble = () => trouble !== undefined

  async function once(): Promise<void> {
    let sent: number | undefined
    try {
      const session = await connected()
      sent = ++n
      await work(session, sent, (text) => surprises.push(`${name}: ${text}`))
      acknowledged.add(sent)
      latest = sent
      went()
    } catch (error) {
      if (sent !== undefined) unknown.add(sent)
      await failed(error)
    }
  }

  const running = (async () => {
    // Never in the middle of an interruption, which would go untold.
    while (!over.signal.aborted || inTrouble()) {
      await once()
      await pause(PACE_MS)
    }
    await client?.end().catch(() => undefined)
  })()
  // Told by `stop`.
  running.catch(() => undefined)

  return {
    name,
    get binding() {
      return binding
    },
    acknowledged,
    unknown,
    get latest() {
      return latest
    },
    get done() {
      return done
    },
    outages,
    surprises,
    use(other) {
      next = other
    },
    async stop() {
      over.abort()
      await running
    }
  }
}

/** As the group: two tables in one transaction. */
export async function writeAsGroup(client: pg.Client, n: number): Promise<void> {
  try {
    await client.query('BEGIN')
    await client.query('INSERT INTO journey.lines (n, pad) VALUES ($1, $2)', [n, 'x'.repeat(n % 300)])
    await client.query('UPDATE journey.counters SET v = v + 1 WHERE id = $1', [n % COUNTERS])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** As itself, to what it owns or once owned. */
export async function writeAsOwner(client: pg.Client, n: number): Promise<void> {
  await client.query('SET ROLE NONE')
  await client.query('INSERT INTO own.lines (n) VALUES ($1)', [n])
}

/** A reader sees whatever had been acknowledged before it asked: anything less is the copy's, or the source's after the cut-over. */
export function readAfter(writer: Worker): Work {
  return async (client, _n, surprise) => {
    const before = writer.latest
    const { rows } = await client.query('SELECT max(n) AS last FROM journey.lines')
    const last = Number(rows[0]?.last ?? 0)
    if (last < before) surprise(`read ${last} after ${before} had been acknowledged`)
  }
}
