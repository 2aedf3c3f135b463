import pg from 'pg'
import { ProviderFailure } from '../contract/errors.ts'
import { CopyStatement } from './copy-statement.ts'
import type { StrictClient } from './strict-client.ts'

export interface CopyEnd {
  readonly strict: StrictClient
  readonly sql: string
}

/** What failed first, and where; the other side fails with it. */
export type CopyOutcome =
  | { readonly rows: number }
  | { readonly side: 'from' | 'into'; readonly error: unknown }

/** More than the socket takes at once, so that it is never short of rows; all that is ever kept here. */
const WAITING_BYTES = 1024 * 1024

/** Forwards the rows of one COPY into another, message by message as the server made them. Afterwards both are ready, or both are cut. */
export async function copyRows(
  from: CopyEnd,
  into: CopyEnd,
  counted: (bytes: number) => void = () => undefined
): Promise<CopyOutcome> {
  if (from.strict === into.strict) throw new TypeError('a session cannot copy into itself')
  const receiving = new CopyStatement(into.sql, 'into')
  const sending = new CopyStatement(from.sql, 'from')
  into.strict.client.query(receiving)
  const outcome = await receiving.accepted.then(
    () => forward({ ...from, statement: sending }, { ...into, statement: receiving }, counted),
    (error: unknown): CopyOutcome => ({ side: 'into', error })
  )
  if ('rows' in outcome) return outcome
  for (const { strict } of [from, into]) strict.cut(new Error('its copy failed'))
  return outcome
}

interface RunningEnd extends CopyEnd {
  readonly statement: CopyStatement
}

async function forward(
  from: RunningEnd,
  into: RunningEnd,
  counted: (bytes: number) => void
): Promise<CopyOutcome> {
  let first: Exclude<CopyOutcome, { rows: number }> | undefined
  const failed = (side: 'from' | 'into', error: unknown) => {
    first ??= { side, error }
    return undefined
  }
  const received = into.statement.ended.catch((error: unknown) => {
    failed('into', error)
    // Nobody wants its rows any more, and it could not be told otherwise.
    from.strict.cut(new Error('the other side of the copy failed'))
    return undefined
  })
  from.strict.divert(sluice(from.strict, into.strict, counted))
  from.strict.client.query(from.statement)
  const sent = from.statement.ended.then(
    (rows) => {
      into.strict.wire.endCopyFrom()
      return rows
    },
    (error: unknown) => {
      failed('from', error)
      giveUp(into.strict, error)
      return undefined
    }
  )
  const [sentRows, receivedRows] = await Promise.all([sent, received])
  from.strict.divert(undefined)
  if (first !== undefined) return first
  if (sentRows === undefined || sentRows !== receivedRows) return { side: 'into', error: lost() }
  return { rows: sentRows }
}

/** Holds the sender back while the receiver does not keep up. */
function sluice(from: StrictClient, into: StrictClient, counted: (bytes: number) => void) {
  let isHeld = false
  return (copyData: Buffer) => {
    const { stream } = into.wire
    // It is being cut; the sender will be too.
    if (!stream.writable) return
    stream.write(copyData)
    counted(copyData.length)
    if (isHeld || stream.writableLength < WAITING_BYTES) return
    isHeld = true
    from.wire.stream.pause()
    stream.once('drain', () => {
      isHeld = false
      from.wire.stream.resume()
    })
  }
}

/** A server's own refusal comes between two messages, so the receiver can be told; a break may come within one. */
function giveUp(into: StrictClient, error: unknown): void {
  if (error instanceof pg.DatabaseError && into.wire.stream.writable)
    into.wire.sendCopyFail('the source of the copy failed')
  else into.cut(new Error('the other side of the copy failed'))
}

function lost(): ProviderFailure {
  return new ProviderFailure('unexpected', 'The two database servers count different numbers of copied rows.')
}
