import { failureOf } from '../../src/contract/answers.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { HttpAnswer } from '../../src/contract/ports.ts'
import { isObject } from '../../src/contract/read.ts'

/** Where no admin API is, whatever is there says 404 too. */
const GONE: readonly string[] = ['NoSuchUser', 'NoSuchKey']

/** What an answer of the admin API that is no success means: its status says it, but for these. */
export function failureFrom(answer: HttpAnswer): ProviderFailure {
  const code = codeOf(answer)
  const message = `radosgw refused a request to its admin API (${code})`
  // Two requests changed one user at the same moment, and it knows no better name for that.
  const isRace = code === 'ConcurrentModification' || code === 'UnknownError'
  if (isRace && answer.status < 500) return new ProviderFailure('unavailable', message)
  const failure = failureOf(answer, message)
  if (failure.kind !== 'not-found' || GONE.includes(code)) return failure
  return new ProviderFailure('unexpected', `what is asked for users is no admin API of radosgw (${code})`)
}

function codeOf({ status, body }: HttpAnswer): string {
  const code = isObject(body) ? body['Code'] : undefined
  return typeof code === 'string' ? code.replace(/\W+/g, ' ').slice(0, 60) : `HTTP ${status}`
}
