import { ProviderFailure } from '../contract/errors.ts'
import { timed } from './timed.ts'

export const CONNECT_SECONDS = 10
export const END_SECONDS = 2
/** A server ends a statement by itself after 30 s. */
export const SILENCE_MS = 35_000

/** What one connect or one statement came to, for metrics and log: never a value. */
export interface SqlOutcome {
  readonly host: string
  /** `connect`, or the statement's label. */
  readonly statement: string
  /** Absent when it worked. */
  readonly failure?: ProviderFailure
  readonly milliseconds: number
}

/** Tells the observer how long it took and how it ended. */
export async function watched<T>(
  port: { readonly observe?: (outcome: SqlOutcome) => void },
  access: { readonly host: string },
  statement: string,
  run: () => Promise<T>
): Promise<T> {
  return timed(run, (milliseconds, failure) =>
    port.observe?.({ host: access.host, statement, milliseconds, ...(failure && { failure }) })
  )
}

export function ended(): ProviderFailure {
  const text = 'The step was ended before the database server answered.'
  return new ProviderFailure('unavailable', text, { mayHaveHappened: true })
}

export function tooSlow(): ProviderFailure {
  return new ProviderFailure(
    'unavailable',
    `The database server did not answer within ${CONNECT_SECONDS} seconds.`
  )
}
