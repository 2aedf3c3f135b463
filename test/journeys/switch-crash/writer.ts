import type pg from 'pg'
import type { JsonObject } from '../../../src/contract/json.ts'
import { clientFor } from '../../support/logs-in.ts'
import { pause } from './client.ts'

/** An application that writes one number after the other, and fetches its credentials again when it is refused. */
export interface Writer {
  /** What the database said it has. */
  readonly written: readonly number[]
  /** How often it could not write. */
  readonly refused: number
  /** Resolves when it has written once more. */
  again(): Promise<void>
  stop(): Promise<void>
}

const BETWEEN_MS = 30
const WITHIN_MS = 60_000

export function startWriter(fetched: () => Promise<JsonObject>): Writer {
  const written: number[] = []
  let next = 1
  let refused = 0
  const over = new AbortController()
  let client: pg.Client | undefined

  async function write(): Promise<void> {
    try {
      client ??= await opened(await fetched())
      // A number whose answer was lost is not used again.
      const number = next++
      await client.query('INSERT INTO public.ledger VALUES ($1)', [number])
      written.push(number)
    } catch {
      refused += 1
      const left = client
      client = undefined
      await left?.end().catch(() => undefined)
    }
  }

  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      await write()
      await pause(BETWEEN_MS)
    }
    await client?.end().catch(() => undefined)
  }
  const running = run()

  return {
    written,
    get refused() {
      return refused
    },
    async again() {
      const before = written.length
      const deadline = Date.now() + WITHIN_MS
      while (written.length === before) {
        if (Date.now() > deadline) throw new Error('the application cannot write again')
        await pause(BETWEEN_MS)
      }
    },
    async stop() {
      over.abort()
      await running
    }
  }
}

async function opened(credentials: JsonObject): Promise<pg.Client> {
  const client = clientFor(credentials)
  client.on('error', () => undefined)
  await client.connect()
  return client
}
