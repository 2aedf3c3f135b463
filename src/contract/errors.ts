/** What kind of answer the provider gave. The core acts on the kind, never on the message. */
export const FAILURE_KINDS = [
  'invalid',
  'denied',
  'not-found',
  'conflict',
  'quota',
  'throttled',
  'unavailable',
  'unexpected'
] as const

export type FailureKind = (typeof FAILURE_KINDS)[number]

export interface FailureOptions {
  /** True when the request may have taken effect although no answer arrived. */
  readonly mayHaveHappened?: boolean
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/**
 * The only error an adapter or a family throws on purpose.
 *
 * | kind | the core |
 * |---|---|
 * | `throttled`, `unavailable` | tries the step again, after `retryAfterSeconds` or a growing pause, until the operation's deadline |
 * | `invalid`, `denied`, `quota`, `conflict` | fails the operation now, with `message` as its description |
 * | `not-found` | on destroy and unbind success; else fails |
 * | `unexpected`, any other error | a few tries, then fails with a reference number; the detail is only in the log |
 *
 * `message` is read by developers on a platform: a sentence, and never a secret.
 *
 * An adapter from outside imports types only and brings a class of its own: `instanceof` goes by the form, so whatever has the name,
 * a kind and `mayHaveHappened` counts, also what another copy of this file made.
 */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure'
  readonly kind: FailureKind
  readonly mayHaveHappened: boolean
  readonly retryAfterSeconds: number | undefined

  constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause })
    this.kind = kind
    this.mayHaveHappened = options.mayHaveHappened ?? false
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  static override [Symbol.hasInstance](thrown: unknown): thrown is ProviderFailure {
    if (!(thrown instanceof Error) || thrown.name !== 'ProviderFailure') return false
    const { kind, mayHaveHappened, retryAfterSeconds } = thrown as Error & Readonly<Record<string, unknown>>
    return (
      FAILURE_KINDS.some((known) => known === kind) &&
      typeof mayHaveHappened === 'boolean' &&
      (retryAfterSeconds === undefined || typeof retryAfterSeconds === 'number')
    )
  }
}

export function isRetryable(failure: ProviderFailure): boolean {
  return failure.kind === 'throttled' || failure.kind === 'unavailable'
}
