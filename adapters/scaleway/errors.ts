import { failureOf } from '../../src/contract/answers.ts'
import { type FailureKind, type FailureOptions, ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { HttpAnswer } from '../../src/contract/ports.ts'
import { isObject } from '../../src/contract/read.ts'

interface Meaning {
  readonly kind: FailureKind
  readonly sentence: (body: JsonObject) => string
  /** A pause to take when the answer names none. */
  readonly retryAfterSeconds?: number
}

const NOT_ACCEPTED = "Scaleway does not accept the broker's key"

/** S3 knows no such key, or its other half is not this one. */
const HALF_A_KEY = /\((InvalidAccessKeyId|SignatureDoesNotMatch)\)/

/** The error types of Scaleway's API gateway: https://www.scaleway.com/en/developers/api/#standard-api-errors */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  invalid_arguments: { kind: 'invalid', sentence: refusedArguments },
  invalid_request_error: { kind: 'invalid', sentence: refusedFields },
  denied_authentication: {
    kind: 'denied',
    sentence: (body) => `${NOT_ACCEPTED} (${wordAt(body, 'method')} ${wordAt(body, 'reason')})`
  },
  permissions_denied: { kind: 'denied', sentence: missingRights },
  quotas_exceeded: { kind: 'quota', sentence: exceededQuotas },
  not_found: { kind: 'not-found', sentence: resourceIs('is not there') },
  unknown_resource: { kind: 'not-found', sentence: resourceIs('is not there') },
  expired: { kind: 'not-found', sentence: resourceIs('has expired') },
  resource_expired: { kind: 'not-found', sentence: resourceIs('has expired') },
  transient_state: {
    kind: 'unavailable',
    sentence: (body) => `${resourceIs('is busy')(body)} (${wordAt(body, 'current_state')})`,
    retryAfterSeconds: 10
  },
  already_exists: { kind: 'conflict', sentence: resourceIs('exists already') },
  precondition_failed: {
    kind: 'conflict',
    sentence: (body) =>
      `Scaleway refuses this now: ${wordAt(body, 'precondition')} ${textOr(body, 'help_message', '')}`.trim()
  },
  locked: { kind: 'denied', sentence: resourceIs('is locked by Scaleway') },
  too_many_requests: {
    kind: 'throttled',
    sentence: () => 'Scaleway takes no more requests for a while',
    retryAfterSeconds: 10
  },
  out_of_stock: { kind: 'quota', sentence: () => 'Scaleway is out of stock of this size in this region' }
}

/** For `portolan doctor`: what mends a refusal. No right helps a key that is none. */
export function remedyOf({ kind, message }: ProviderFailure, rights: string): { readonly remedy?: string } {
  if (kind !== 'denied') return {}
  if (message.startsWith(NOT_ACCEPTED)) {
    return { remedy: 'set secretKey to the secret key of a key that stands and has not expired' }
  }
  if (HALF_A_KEY.test(message)) {
    return { remedy: 'set objectStorage.accessKey and secretKey to the two halves of one key' }
  }
  return { remedy: rights }
}

/** Two requests met on one PostgreSQL catalog row; it comes without a `type`, and a moment later it works. */
const TUPLE_CONFLICT = /tuple concurrently updated/i

/**
 * What an answer that is no success means. `type` is asked first, the status only where there is none: the numbers of
 * some types are not documented. Without a type that says so, nothing is gone.
 */
export function failureFrom(answer: HttpAnswer): ProviderFailure {
  const body = isObject(answer.body) ? answer.body : {}
  const type = body['type']
  const meaning = typeof type === 'string' && Object.hasOwn(MEANINGS, type) ? MEANINGS[type] : undefined
  if (meaning) return new ProviderFailure(meaning.kind, meaning.sentence(body), pause(answer, body, meaning))
  if (TUPLE_CONFLICT.test(textOr(body, 'message', ''))) {
    return new ProviderFailure('throttled', 'Scaleway was changing the same thing', { retryAfterSeconds: 2 })
  }
  if (answer.status === 423) return new ProviderFailure('denied', 'the resource is locked by Scaleway')
  if (answer.status === 501) return new ProviderFailure('invalid', 'Scaleway does not offer this here')
  const sentence = `Scaleway answered ${answer.status}${typeof type === 'string' ? ` ${word(type)}` : ''}`
  const failure = failureOf(answer, sentence)
  // Whatever is not the API says 404 too.
  return failure.kind === 'not-found' ? new ProviderFailure('unexpected', sentence) : failure
}

function pause(answer: HttpAnswer, body: JsonObject, meaning: Meaning): FailureOptions {
  if (meaning.retryAfterSeconds === undefined) return {}
  const told = [body['reset_seconds'], Number(answer.headers['retry-after'])]
  const seconds = told.filter((each): each is number => typeof each === 'number' && each > 0)
  return { retryAfterSeconds: seconds.length > 0 ? Math.max(...seconds) : meaning.retryAfterSeconds }
}

function refusedArguments(body: JsonObject): string {
  const named = detailsOf(body).map((each) => {
    const name = wordAt(each, 'argument_name')
    const help = name === 'password' ? '' : textOr(each, 'help_message', '')
    return `${name} (${wordAt(each, 'reason')}${help === '' ? '' : `: ${help}`})`
  })
  return `Scaleway refuses the request: ${named.join(', ') || 'no reason given'}`
}

function refusedFields(body: JsonObject): string {
  const fields = body['fields']
  const named = isObject(fields) ? Object.keys(fields).map(word) : []
  return `Scaleway refuses the request: ${named.join(', ') || 'no reason given'}`
}

function missingRights(body: JsonObject): string {
  const rights = detailsOf(body).map((each) => `${wordAt(each, 'action')} ${wordAt(each, 'resource')}`)
  return `the broker's key may not do this at Scaleway: ${rights.join(', ') || 'insufficient permissions'}`
}

function exceededQuotas(body: JsonObject): string {
  const quotas = detailsOf(body).map((each) => {
    return `${wordAt(each, 'resource')} (${wordAt(each, 'current')} of ${wordAt(each, 'quota')})`
  })
  return `a quota at Scaleway is used up: ${quotas.join(', ') || 'not told which'}`
}

function resourceIs(state: string): (body: JsonObject) => string {
  return (body) => `${wordAt(body, 'resource')} at Scaleway ${state}`
}

function detailsOf(body: JsonObject): readonly JsonObject[] {
  const details = body['details']
  return Array.isArray(details) ? (details as readonly Json[]).filter(isObject) : []
}

function textOr(body: JsonObject, key: string, otherwise: string): string {
  const value = body[key]
  return typeof value === 'string' ? value.slice(0, 200) : otherwise
}

/** One word of the answer, or its absence, fit for a sentence. */
function wordAt(body: JsonObject, key: string): string {
  const value = body[key]
  return typeof value === 'string' || typeof value === 'number' ? word(String(value)) : 'something'
}

function word(text: string): string {
  return text.replace(/[^\w.:-]+/g, ' ').slice(0, 60)
}
