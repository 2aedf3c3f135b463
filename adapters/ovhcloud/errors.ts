import { failureOf } from '../../src/contract/answers.ts'
import { type FailureKind, type FailureOptions, ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { HttpAnswer } from '../../src/contract/ports.ts'
import { isObject } from '../../src/contract/read.ts'

interface Meaning {
  readonly kind: FailureKind
  readonly sentence: string
  /** A pause to take when the answer names none. */
  readonly retryAfterSeconds?: number
}

export const NOT_ACCEPTED = "OVHcloud does not accept the broker's"

const BUSY_SECONDS = 10
const THROTTLED_SECONDS = 10

function gone(what: string): Meaning {
  return { kind: 'not-found', sentence: `the ${what} at OVHcloud is not there` }
}

function refused(what: string): Meaning {
  return { kind: 'invalid', sentence: `OVHcloud refuses the request: ${what}` }
}

function busy(what: string): Meaning {
  return { kind: 'unavailable', sentence: `the service at OVHcloud ${what}`, retryAfterSeconds: BUSY_SECONDS }
}

/**
 * By the last word of `class`: https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1. Many that are sent as 404 speak of what was
 * asked for, not of what it was asked about: only those that name a thing which was there mean that it is gone.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ServiceNotFound: gone('service'),
  UserNotFound: gone('user'),
  BackupNotFound: gone('backup'),
  NodeNotFound: gone('node'),
  IpRestrictionNotFound: gone('network rule'),

  NoMatchingAvailability: refused('no offer matches plan, size, version and region'),
  AvailabilityNotFound: refused('there is no such offer'),
  AvailabilityDoesNotExistAnymore: refused('the offer does not exist any more'),
  PlanNotFound: refused('there is no such plan'),
  PlanInvalidUpgrade: refused('the plan cannot be changed to this one'),
  FlavorNameNotFound: refused('there is no such flavor'),
  VersionNotFound: refused('there is no such version'),
  RegionNotFound: refused('there is no such region'),
  EngineNameNotFound: refused('there is no such engine'),
  InvalidNodeNumber: refused('the number of nodes does not fit the plan'),
  RoleNotFound: refused('there is no such role'),
  BillingNotFound: refused('there is no such price'),
  SslCertificateNotFound: { kind: 'unavailable', sentence: 'the service at OVHcloud has no certificate yet' },
  IpRestrictionAlreadyExists: refused('a network rule is there already'),

  NoUpdate: refused('nothing would change'),
  AtLeastOneNode: refused('at least one node is needed'),
  NotEnoughNodes: refused('too few nodes'),
  TooManyNodes: refused('too many nodes'),
  NodesFlavorMismatch: refused('nodes of different flavors'),
  NodesRegionMismatch: refused('nodes in different regions'),
  OnlyNodeListOrPattern: refused('a list and a pattern of nodes'),
  FlavorDiskSizeTooLow: refused('the disk is too small for the flavor'),
  UserInvalidNameFormat: refused('the name of a user'),

  InvalidAuthToken: { kind: 'denied', sentence: `${NOT_ACCEPTED} token or signature` },

  ServiceNotReady: busy('is busy'),
  ServiceLocked: busy('is locked for a moment'),
  ServiceOnlyOneModification: busy('is being changed'),
  // Users are called by names that the core made up: who has one already is ours, and the list lags.
  PostgresUserAlreadyExist: { kind: 'unavailable', sentence: 'a user is there and not listed yet' },
  MysqlUserAlreadyExist: { kind: 'unavailable', sentence: 'a user is there and not listed yet' },
  RedisUserAlreadyExist: { kind: 'unavailable', sentence: 'a user is there and not listed yet' }
}

/** What no class says, above all of object storage, which has none of its own. */
const WORDS: readonly (readonly [RegExp, FailureKind, string])[] = [
  [/quota|TooManyBuckets/i, 'quota', 'a quota at OVHcloud is used up'],
  [/^not found: (bucket|container|user) /, 'not-found', 'it is not at OVHcloud'],
  [/BucketNotEmpty|bucket is not empty/i, 'conflict', 'OVHcloud removes only empty buckets']
]

/** What the gateway in front says of the keys themselves; it has no class for it, and the status is not always 401. */
const ABOUT_KEYS: readonly unknown[] = [
  'INVALID_KEY',
  'INVALID_CREDENTIAL',
  'NOT_CREDENTIAL',
  'NOT_GRANTED_CALL',
  'INVALID_SIGNATURE'
]

/** The last word of `class`: `ServiceNotFound` of `Client::NotFound::ServiceNotFound`. */
export function classOf(answer: HttpAnswer): string | undefined {
  const name = isObject(answer.body) ? answer.body['class'] : undefined
  return typeof name === 'string' ? word(name.split('::').at(-1) ?? '') : undefined
}

/**
 * What an answer that is no success means. `class` is asked first; of the statuses only 404 is read in another way than usual: without a
 * class that says so, nothing is gone.
 */
export function failureFrom(answer: HttpAnswer): ProviderFailure {
  const name = classOf(answer)
  const meaning = name !== undefined && Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined
  if (meaning)
    return new ProviderFailure(meaning.kind, meaning.sentence, pause(answer, meaning.retryAfterSeconds))
  const body = isObject(answer.body) ? answer.body : {}
  const said = saidBy(body)
  const words = answer.status < 500 ? WORDS.find(([form]) => form.test(said)) : undefined
  if (words) return new ProviderFailure(words[1], `${words[2]}: ${said}`)
  if (ABOUT_KEYS.includes(body['errorCode'])) {
    return new ProviderFailure('denied', `${NOT_ACCEPTED} keys: ${said}`)
  }
  if (answer.status === 403) return new ProviderFailure('denied', missingRights(body, said))
  if (answer.status === 404) {
    return new ProviderFailure('invalid', `OVHcloud does not know what was asked for: ${said}`)
  }
  if (answer.status === 429) {
    const sentence = 'OVHcloud takes no more requests for a while'
    return new ProviderFailure('throttled', sentence, pause(answer, THROTTLED_SECONDS))
  }
  return failureOf(answer, `OVHcloud answered ${answer.status}${said === '' ? '' : `: ${said}`}`)
}

function pause(answer: HttpAnswer, otherwise: number | undefined): FailureOptions {
  if (otherwise === undefined) return {}
  const told = Number(answer.headers['retry-after'])
  return { retryAfterSeconds: told > 0 ? told : otherwise }
}

function missingRights(body: JsonObject, said: string): string {
  const details = isObject(body['details']) ? body['details'] : {}
  const actions = [details['unauthorizedActionsByIAM'], details['unauthorizedActionsByAuthentication']]
    .flat()
    .filter((each) => typeof each === 'string')
    .filter((each) => each !== '')
    .map(word)
  return `the broker may not do this at OVHcloud: ${actions.join(', ') || said || 'forbidden'}`
}

function saidBy({ message }: JsonObject): string {
  return typeof message === 'string' ? word(message).slice(0, 160) : ''
}

/** Fit for a sentence. */
function word(text: string): string {
  return text
    .replaceAll(/[^\w.:/,()-]+/g, ' ')
    .trim()
    .slice(0, 200)
}

/** For `portolan doctor`: what mends a refusal. No right helps a login that is none. */
export function remedyOf(
  { kind, message }: ProviderFailure,
  login: 'client' | 'application',
  rights: Readonly<Record<'client' | 'application', string>>
): { readonly remedy?: string } {
  if (kind !== 'denied') return {}
  return { remedy: message.startsWith(NOT_ACCEPTED) ? LOGINS[login] : rights[login] }
}

const LOGINS = {
  client: 'set clientId and clientSecret to those of a service account that stands',
  application: 'set applicationKey, applicationSecret and consumerKey to keys that stand and have not expired'
} as const
