import { type FailureKind, type FailureOptions, ProviderFailure } from './errors.ts'
import type { HttpAnswer } from './ports.ts'

/**
 * The usual reading of an HTTP status that is not a success (RFC 9110 §15). An adapter refines it where its provider says
 * something else. `mayHaveHappened` is set for 5xx: the request arrived.
 */
export function failureOf(answer: HttpAnswer, message: string): ProviderFailure {
  const options: FailureOptions = {
    mayHaveHappened: answer.status >= 500,
    ...retryAfter(answer)
  }
  return new ProviderFailure(kindOf(answer.status), message, options)
}

function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 409 || status === 412) return 'conflict'
  if (status === 429) return 'throttled'
  if (status === 408 || status >= 500) return 'unavailable'
  if (status >= 400) return 'invalid'
  return 'unexpected'
}

/** `Retry-After` as seconds (RFC 9110 §10.2.3); dates are left to the core's own pace. */
function retryAfter(answer: HttpAnswer): FailureOptions {
  const seconds = Number(answer.headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterSeconds: seconds } : {}
}
