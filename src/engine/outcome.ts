import type { Handle } from '../contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../contract/errors.ts'
import type { Failure, Operation } from '../domain/operation.ts'
import { retryAfterMs, toldMs } from './pace.ts'

/** A resource that will never become what was asked for. */
export class Broken extends Error {
  override readonly name = 'Broken'
  /** Where it stands, so that it can be destroyed. */
  readonly handle: Handle

  constructor(note: string, handle: Handle) {
    super(note)
    this.handle = handle
  }
}

/** The operation ends in failure, whatever its kind says about trying again. */
export class GivesUp extends Error {
  override readonly name = 'GivesUp'
  readonly failure: Failure

  constructor(failure: Failure, description: string) {
    super(description)
    this.failure = failure
  }
}

/** For destroy and unbind: what is not there any more needs no removing. */
export async function goneIsFine<T>(work: Promise<T>): Promise<T | 'gone'> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof ProviderFailure && thrown.kind === 'not-found') return 'gone'
    throw thrown
  }
}

/** What a step that threw leads to. */
export type Outcome =
  | {
      readonly next: 'retry'
      readonly afterMs: number
      readonly counts: boolean
      readonly description?: string
    }
  | {
      readonly next: 'fail'
      readonly failure: Failure
      readonly description: string
      /** The resource is broken for good. */
      readonly broken?: Handle
    }

/** An error that nobody foresaw is tried again so many times. */
const UNEXPECTED_TRIES = 5

/**
 * The whole policy, decided on kinds. A step whose answer was lost is repeated: names and secrets are the same on every
 * attempt. Clean-ups never end in failure: what stands at a provider must not be forgotten.
 */
export function outcomeOf(
  thrown: unknown,
  operation: Pick<Operation, 'failures'>,
  context: {
    readonly stopping: boolean
    readonly jitter: number
    readonly reference: string
    /** It may not fail. */
    readonly endless: boolean
  }
): Outcome {
  const { endless, reference } = context
  if (thrown instanceof GivesUp) return { next: 'fail', failure: thrown.failure, description: thrown.message }
  if (context.stopping) return { next: 'retry', afterMs: 0, counts: false }
  const afterMs = retryAfterMs(operation.failures, context.jitter, endless)
  if (thrown instanceof Broken) {
    return endless
      ? { next: 'retry', afterMs, counts: true, description: thrown.message }
      : { next: 'fail', failure: 'unexpected', description: thrown.message, broken: thrown.handle }
  }
  if (!(thrown instanceof ProviderFailure)) return unforeseen(operation, afterMs, reference, endless)
  const { kind, message, retryAfterSeconds, mayHaveHappened } = thrown
  if (endless || isRetryable(thrown) || mayHaveHappened) {
    return { next: 'retry', afterMs: pause(afterMs, retryAfterSeconds), counts: true, description: message }
  }
  if (kind === 'unexpected') return unforeseen(operation, afterMs, reference, endless)
  return { next: 'fail', failure: kind, description: message }
}

function pause(afterMs: number, retryAfterSeconds: number | undefined): number {
  return retryAfterSeconds === undefined ? afterMs : Math.max(afterMs, toldMs(retryAfterSeconds))
}

/** The detail is for the log; the platform gets a reference to it. */
function unforeseen(
  operation: Pick<Operation, 'failures'>,
  afterMs: number,
  reference: string,
  endless: boolean
): Outcome {
  const description = `the provider answered something unexpected (reference ${reference})`
  const again = endless || operation.failures + 1 < UNEXPECTED_TRIES
  return again
    ? { next: 'retry', afterMs, counts: true, description }
    : { next: 'fail', failure: 'unexpected', description }
}
