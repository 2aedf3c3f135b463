import { failureOf } from '../../src/contract/answers.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call, HttpAnswer } from '../../src/contract/ports.ts'
import { isObject } from '../../src/contract/read.ts'
import { NOT_ACCEPTED } from './errors.ts'
import type { Credentials } from './settings.ts'
import { signatureOf } from './signature.ts'

/** What is about to be sent. */
export interface Outgoing {
  readonly method: string
  readonly url: URL
  /** The bytes; empty for none. */
  readonly body: string
}

/** How a request shows that it may. What it learns lives as long as the opened adapter. */
export interface Authority {
  headers(outgoing: Outgoing, call: Call): Promise<Readonly<Record<string, string>>>
  /** The request was refused, and with `forget` another attempt may do better. It had no effect. */
  isStale(answer: HttpAnswer): boolean
  forget(): void
}

/** Answers that are asked for before the request itself. */
export interface Sources {
  /** Sends the form that asks for a token. */
  token(form: string, call: Call): Promise<HttpAnswer>
  /** Seconds, by OVHcloud's clock. */
  time(call: Call): Promise<number>
}

export function openAuthority(credentials: Credentials, sources: Sources): Authority {
  return credentials.kind === 'client' ? bearer(credentials, sources) : signer(credentials, sources)
}

/** So long before its end a token is not used any more. */
const EARLY_SECONDS = 60

function bearer(
  { clientId, clientSecret }: Extract<Credentials, { kind: 'client' }>,
  sources: Sources
): Authority {
  let token: { readonly value: string; readonly until: number } | undefined
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'all'
  }).toString()
  return {
    async headers(_, call) {
      const now = call.now.getTime()
      const usable = token !== undefined && now < token.until ? token : await askToken(sources, form, call)
      token = usable
      return { authorization: `Bearer ${usable.value}` }
    },
    isStale: ({ status }) => status === 401,
    forget() {
      token = undefined
    }
  }
}

async function askToken(sources: Sources, form: string, call: Call) {
  const answer = await beforeRequest(sources.token(form, call))
  const body = isObject(answer.body) ? answer.body : {}
  if (answer.status !== 200) throw refusedToken(answer, body['error'])
  const { access_token: value, expires_in: seconds } = body
  // During incidents a page for people comes, with any status.
  if (typeof value !== 'string' || typeof seconds !== 'number') {
    throw new ProviderFailure('unavailable', 'OVHcloud gives no token now')
  }
  return { value, until: call.now.getTime() + (seconds - EARLY_SECONDS) * 1000 }
}

function refusedToken(answer: HttpAnswer, error: unknown): ProviderFailure {
  if (error === 'invalid_client') {
    return new ProviderFailure('denied', `${NOT_ACCEPTED} client (invalid_client)`)
  }
  return withoutEffect(failureOf(answer, `OVHcloud gives no token (${answer.status})`))
}

function signer(credentials: Extract<Credentials, { kind: 'application' }>, sources: Sources): Authority {
  /** Seconds that OVHcloud's clock is ahead of ours. */
  let ahead: number | undefined
  return {
    async headers({ method, url, body }, call) {
      const now = Math.floor(call.now.getTime() / 1000)
      const known = ahead ?? (await beforeRequest(sources.time(call))) - now
      ahead = known
      const timestamp = now + known
      return {
        'x-ovh-application': credentials.applicationKey,
        'x-ovh-consumer': credentials.consumerKey,
        'x-ovh-timestamp': String(timestamp),
        'x-ovh-signature': signatureOf({ ...credentials, method, url: url.href, body, timestamp })
      }
    },
    isStale: isAboutTime,
    forget() {
      ahead = undefined
    }
  }
}

function isAboutTime({ status, body }: HttpAnswer): boolean {
  if (status < 400 || status >= 500 || !isObject(body)) return false
  const { message, errorCode } = body
  return errorCode === 'QUERY_TIME_OUT' || (typeof message === 'string' && /invalid timestamp/i.test(message))
}

/** Whatever goes wrong before the request was sent, the request itself has had no effect. */
async function beforeRequest<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    throw error instanceof ProviderFailure ? withoutEffect(error) : error
  }
}

function withoutEffect({ kind, message, retryAfterSeconds, cause }: ProviderFailure): ProviderFailure {
  return new ProviderFailure(kind, message, {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  })
}
