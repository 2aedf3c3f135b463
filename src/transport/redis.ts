import type { LookupFunction } from 'node:net'
import type { RedisAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Json } from '../contract/json.ts'
import type { Call, RedisSession } from '../contract/ports.ts'
import { commandLabel } from './command-label.ts'
import { RefusedAddress } from './guarded-lookup.ts'
import { refusedAddress } from './guarded-socket.ts'
import { bytesOf, textOf } from './redis-bytes.ts'
import { brokenUnder, refusedBy, unreachable } from './redis-failure.ts'
import { Refusal, type Reply } from './resp.ts'
import { type StrictRedis, strictRedis } from './strict-redis.ts'
import { timed } from './timed.ts'

const CONNECT_SECONDS = 10
const SILENCE_MS = 30_000

/** What one connect or one command came to, for metrics and log: never a value. */
export interface RedisOutcome {
  readonly host: string
  /** `connect`, or the command's label. */
  readonly command: string
  /** Absent when it worked. */
  readonly failure?: ProviderFailure
  readonly milliseconds: number
}

export interface RedisPortOptions {
  /** Ends every connection under way. */
  readonly signal: AbortSignal
  readonly observe?: (outcome: RedisOutcome) => void
  readonly lookup?: LookupFunction
  /** How long a server may take to answer one command. Default 30 s. */
  readonly silenceMs?: number
  /** Default 64 MiB. */
  readonly maximumAnswerBytes?: number
}

/** The `redis` port of a `Call`. Every use has a connection of its own, so nothing outlives it. */
export function redisPort(port: RedisPortOptions): Call['redis'] {
  return async (access, use, options) => {
    if (port.signal.aborted) throw ended()
    const as = options?.as
    const who = as === undefined ? access : { ...access, user: as.name, password: as.password }
    const strict = await watched(port, access, 'connect', () => connect(who, port))
    const stop = () => strict.cut(ended())
    port.signal.addEventListener('abort', stop, { once: true })
    if (port.signal.aborted) stop()
    try {
      return await use(sessionOf(strict, access, port))
    } finally {
      strict.cut(new Error('not needed any more'))
      port.signal.removeEventListener('abort', stop)
    }
  }
}

function sessionOf(strict: StrictRedis, access: RedisAccess, port: RedisPortOptions): RedisSession {
  return {
    command: (...words) =>
      watched(port, access, commandLabel(words), () => ask(strict, words, port.silenceMs ?? SILENCE_MS))
  }
}

async function ask(strict: StrictRedis, words: readonly string[], silenceMs: number): Promise<Json> {
  const label = commandLabel(words)
  // A server that says nothing any more is left, so that it cannot keep a worker.
  const limit = setTimeout(() => strict.cut(new Error('no answer')), silenceMs)
  try {
    return jsonOf(await strict.send(words.map(bytesOf)))
  } catch (error) {
    const reason = strict.reason()
    if (reason instanceof ProviderFailure) throw reason
    throw error instanceof Refusal ? refusedBy(error, label) : brokenUnder(reason ?? error, label)
  } finally {
    clearTimeout(limit)
  }
}

/** An answer within an answer may be a refusal: that of a command in a transaction. */
function jsonOf(answer: Reply): Json {
  if (answer instanceof Refusal) throw answer
  if (Buffer.isBuffer(answer)) return textOf(answer)
  return Array.isArray(answer) ? answer.map(jsonOf) : (answer as Json)
}

async function connect(access: RedisAccess, port: RedisPortOptions): Promise<StrictRedis> {
  const strict = strictRedis(access, port)
  const stop = () => strict.cut(ended())
  const limit = setTimeout(() => strict.cut(tooSlow()), CONNECT_SECONDS * 1000)
  port.signal.addEventListener('abort', stop, { once: true })
  try {
    await strict.connect()
    return strict
  } catch (error) {
    const reason = strict.reason()
    strict.cut(new Error('not needed any more'))
    if (reason instanceof ProviderFailure) throw reason
    if (error instanceof RefusedAddress) throw refusedAddress(access, error)
    throw error instanceof Refusal ? refusedBy(error, 'the login') : unreachable(error)
  } finally {
    clearTimeout(limit)
    port.signal.removeEventListener('abort', stop)
  }
}

async function watched<T>(
  port: RedisPortOptions,
  access: RedisAccess,
  command: string,
  run: () => Promise<T>
): Promise<T> {
  return timed(run, (milliseconds, failure) =>
    port.observe?.({ host: access.host, command, milliseconds, ...(failure && { failure }) })
  )
}

function ended(): ProviderFailure {
  const text = 'The step was ended before the Redis server answered.'
  return new ProviderFailure('unavailable', text, { mayHaveHappened: true })
}

function tooSlow(): ProviderFailure {
  return new ProviderFailure(
    'unavailable',
    `The Redis server did not answer within ${CONNECT_SECONDS} seconds.`
  )
}
