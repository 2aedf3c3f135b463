/** Tries that are always there, so that an operation that is alone with its provider is retried as often as its pauses say. */
const FLOOR = 10
/** One of them comes back in so long. */
const REFILL_MS = 10_000
/** What a step that begins anew allows of retries: a fifth of one. */
const PER_STEP = 0.2
/** More is not saved up: a provider that was well for a day is not owed a day's retries at once. */
const MOST = 100

/**
 * How often the steps of a provider may be tried again: a token bucket for each provider of this process. Retries are load on somebody who is
 * in trouble already; without a budget hundreds of operations that fail together would ask it several times as often as when it was
 * well. Decided here: retries may be about a fifth of the steps that begin anew, and a few besides. Where the budget is empty,
 * the next try waits longer (`withoutBudgetMs`): nothing is given up for it.
 */
export class RetryBudgets {
  readonly #now: () => number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** A step begins that has not failed before. */
  stepBegins(provider: string): void {
    const bucket = this.#bucket(provider)
    bucket.tokens = Math.min(MOST, bucket.tokens + PER_STEP)
  }

  /** Takes one try out of the budget; false when it is empty. */
  take(provider: string): boolean {
    const bucket = this.#bucket(provider)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /** Whole tries. */
  left(provider: string): number {
    return Math.floor(this.#bucket(provider).tokens)
  }

  #bucket(provider: string): { tokens: number; at: number } {
    const now = this.#now()
    const bucket = this.#buckets.get(provider) ?? { tokens: FLOOR, at: now }
    this.#buckets.set(provider, bucket)
    // What steps have earned above the floor stays as it is; time alone fills up to it.
    const refilled = bucket.tokens + Math.max(0, now - bucket.at) / REFILL_MS
    bucket.tokens = Math.max(bucket.tokens, Math.min(FLOOR, refilled))
    bucket.at = now
    return bucket
  }
}
