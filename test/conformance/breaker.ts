import { ProviderFailure } from '../../src/contract/errors.ts'
import type {
  Call,
  Http,
  HttpAnswer,
  MysqlSession,
  PostgresqlSession,
  RedisSession
} from '../../src/contract/ports.ts'
import type { Bucket } from '../../src/contract/s3.ts'
import { commandLabel } from '../../src/transport/command-label.ts'
import { statementLabel } from '../../src/transport/statement-label.ts'
import type { CallContext, Harness } from './harness.ts'

/** What can go wrong with one outbound call, before or after it took effect. */
const FAULTS = [
  'error before',
  'error after',
  'time-out before',
  'time-out after',
  'death before',
  'death after'
] as const
export type FaultKind = (typeof FAULTS)[number]

/** One outbound call, or the return of one method of a driver or a family. */
export interface Point {
  readonly what: string
  readonly faults: readonly FaultKind[]
}

/** A weather that lasts: every outbound call meets it. */
export type Weather = 'fair' | 'unavailable' | 'throttled' | 'denied' | 'wrong key' | 'hanging'

/** Thrown to the engine, never to a driver, whose code simply does not go on. */
export class ProcessDeath extends Error {
  override readonly name = 'ProcessDeath'
}

/** A step that does not end with its signal. */
export class GoesOn extends Error {
  override readonly name = 'GoesOn'
}

export const RETRY_AFTER_SECONDS = 17

export interface Breaker {
  /** Counts from 0 again and breaks the points named. */
  arm(faults: (index: number, point: Point) => FaultKind | undefined): void
  /** Ends the breaking; the points passed since `arm`. */
  disarm(): readonly Point[]
  setWeather(weather: Weather): void
  /** Outbound calls since the last `setWeather`. */
  outbound(): number
  /** Of these, those that began after the signal was aborted. */
  late(): number
  /** One method call of a driver or a family, in a process that may die in it. */
  step<T>(what: string, context: Omit<CallContext, 'signal'>, work: (call: Call) => Promise<T>): Promise<T>
}

/** One step: whatever it opened, and how it ended early. */
interface Life {
  readonly controller: AbortController
  readonly sessions: Set<Promise<unknown>>
  /** Rejects when the process dies; open sessions race against it so that the real connections close. */
  readonly ended: Promise<never>
  readonly end: () => void
  readonly dead: Promise<never>
  readonly bury: () => void
  /** Rejects when it goes on asking after its end. */
  readonly exhausted: Promise<never>
  readonly exhaust: () => void
  over: 'no' | 'time-out' | 'death'
  /** Calls while nothing answers, or after the end. */
  asked: number
}

const MOST_CALLS_AFTER_END = 50

const STEP_FAULTS: readonly FaultKind[] = ['error after', 'death after']
const CONNECT_FAULTS: readonly FaultKind[] = ['error before', 'time-out before', 'death before']

export function openBreaker(ports: Harness['call']): Breaker {
  const points: Point[] = []
  let chosen: (index: number, point: Point) => FaultKind | undefined = () => undefined
  let weather: Weather = 'fair'
  let calls = 0
  let late = 0

  function count({ controller }: Life): void {
    calls++
    if (controller.signal.aborted) late++
  }

  /** The heart of it: counts the point and breaks it before or after `effect`. */
  async function pass<T>(life: Life, point: Point, effect: () => Promise<T>, broken: Broken<T>): Promise<T> {
    if (life.over !== 'no') return ending(life)
    const kind = chosen(points.push(point) - 1, point)
    if (kind?.endsWith('before')) return breakNow(life, kind, broken)
    try {
      const answer = await effect()
      return kind ? await breakNow(life, kind, broken) : answer
    } catch (error) {
      if (!kind) throw error
      return breakNow(life, kind, broken)
    }
  }

  function wrapHttp(http: Http, life: Life): Http {
    return {
      send: async (request) => {
        count(life)
        const stormy = await stormyHttp(weather, life)
        if (stormy) return stormy
        const point = { what: `${request.method} ${request.url.pathname}`, faults: FAULTS }
        return pass(life, point, () => http.send(request), brokenHttp)
      }
    }
  }

  function wrapRedis(session: RedisSession, life: Life): RedisSession {
    let lost = false
    const broken = (kind: FaultKind): Promise<never> => {
      lost = true
      return refuse(kind)
    }
    return {
      command: async (...words) => {
        count(life)
        if (lost) throw new ProviderFailure('unavailable', 'the connection was lost')
        const point = { what: commandLabel(words), faults: FAULTS }
        return pass(life, point, () => session.command(...words), broken)
      }
    }
  }

  /** Every request of the S3 API is a call of its own. */
  function wrapBucket(bucket: Bucket, name: string, life: Life): Bucket {
    const methods = Object.entries(bucket) as [
      keyof Bucket,
      (...args: readonly unknown[]) => Promise<unknown>
    ][]
    const wrapped = methods.map(([method, send]) => [
      method,
      async (...args: readonly unknown[]) => {
        count(life)
        await storm(weather, life)
        const what = `${method} of ${name}`
        return pass(life, { what, faults: FAULTS }, () => send(...args), refuse)
      }
    ])
    return Object.fromEntries(wrapped) as Bucket
  }

  /** After a fault nothing of a connection works any more. */
  function wrapQuery(session: MysqlSession, life: Life) {
    let lost = false
    const broken = (kind: FaultKind): Promise<never> => {
      lost = true
      return refuse(kind)
    }
    const alive = (): void => {
      if (lost) throw new ProviderFailure('unavailable', 'the connection was lost')
    }
    const query: MysqlSession['query'] = async (sql, values) => {
      count(life)
      alive()
      const point = { what: statementLabel(sql), faults: FAULTS }
      return pass(life, point, () => session.query(sql, values), broken)
    }
    return { query, broken, alive }
  }

  function wrapSession(session: PostgresqlSession, life: Life): PostgresqlSession {
    const { query, broken, alive } = wrapQuery(session, life)
    return {
      query,
      transaction: async (use) => {
        let committed: { readonly kind: FaultKind } | undefined
        const commit = { what: 'COMMIT', faults: FAULTS }
        const result = await session.transaction(async () => {
          const value = await Promise.race([use(), life.ended])
          alive()
          if (life.over !== 'no') return ending(life)
          const kind = chosen(points.push(commit) - 1, commit)
          if (kind?.endsWith('before')) return breakNow(life, kind, broken)
          if (kind) committed = { kind }
          return value
        })
        return committed ? breakNow(life, committed.kind, broken) : result
      },
      copyInto: () => Promise.reject(new Error('a driver copies no rows'))
    }
  }

  function wrap(call: Call, life: Life): Call {
    return {
      ...call,
      http: wrapHttp(call.http, life),
      s3: (access) => wrapBucket(call.s3(access), access.bucket, life),
      postgresql: (access, use, options) =>
        connected(access.host, life, (open) =>
          call.postgresql(access, (real) => open(() => use(wrapSession(real, life))), options)
        ),
      mysql: (access, use, options) =>
        connected(access.host, life, (open) =>
          call.mysql(access, (real) => open(() => use({ query: wrapQuery(real, life).query })), options)
        ),
      redis: (access, use, options) =>
        connected(access.host, life, (open) =>
          call.redis(access, (real) => open(() => use(wrapRedis(real, life))), options)
        )
    }
  }

  /** A connect that may be broken, and a session that ends with its life. */
  async function connected<T>(
    host: string,
    life: Life,
    connect: (open: (use: () => Promise<T>) => Promise<T>) => Promise<T>
  ): Promise<T> {
    count(life)
    await storm(weather, life)
    const point = { what: `connect to ${host}`, faults: CONNECT_FAULTS }
    await pass(life, point, async () => undefined, refuse)
    const session = connect((use) => Promise.race([use(), life.ended]))
    const settled = session.then(nothing, nothing)
    life.sessions.add(settled)
    try {
      return await session
    } catch (error) {
      return life.over === 'death' ? await never() : Promise.reject(error)
    } finally {
      life.sessions.delete(settled)
    }
  }

  return {
    arm(faults) {
      points.length = 0
      chosen = faults
    },
    disarm() {
      chosen = () => undefined
      return points.splice(0)
    },
    setWeather(next) {
      weather = next
      calls = 0
      late = 0
    },
    outbound: () => calls,
    late: () => late,
    async step(what, context, work) {
      const life = beginLife()
      const call = wrap(ports({ ...context, signal: life.controller.signal }), life)
      const result = await Promise.race([work(call), life.dead, life.exhausted])
      const point = { what: `the return of ${what}`, faults: STEP_FAULTS }
      // A time-out inside the step was already its fault; the step may still have returned.
      if (life.over !== 'no') return result
      return Promise.race([pass(life, point, async () => result, refuse), life.dead])
    }
  }
}

type Broken<T> = (kind: FaultKind) => Promise<T>

async function breakNow<T>(life: Life, kind: FaultKind, broken: Broken<T>): Promise<T> {
  if (kind.startsWith('time-out')) {
    life.over = 'time-out'
    life.controller.abort()
    return ending(life)
  }
  if (kind.startsWith('death')) {
    life.over = 'death'
    life.end()
    void Promise.all(life.sessions).then(life.bury)
    return never()
  }
  return broken(kind)
}

/** After its end nothing of a step reaches the world. */
function ending(life: Life): Promise<never> {
  if (life.over === 'death') return never()
  // Whoever tries again for ever would keep this process busy.
  if (life.asked++ > MOST_CALLS_AFTER_END) {
    life.exhaust()
    return never()
  }
  return Promise.reject(new ProviderFailure('unavailable', 'time-out', { mayHaveHappened: true }))
}

/** Before: the connection was refused. After: a gateway lost the answer. */
async function brokenHttp(kind: FaultKind): Promise<HttpAnswer> {
  if (kind === 'error before') return refuse(kind)
  return { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }
}

function refuse(kind: FaultKind): Promise<never> {
  const mayHaveHappened = kind === 'error after'
  return Promise.reject(new ProviderFailure('unavailable', 'the connection was lost', { mayHaveHappened }))
}

async function stormyHttp(weather: Weather, life: Life): Promise<HttpAnswer | undefined> {
  if (weather === 'hanging') return hang(life)
  const headers = { 'content-type': 'application/json' }
  if (weather === 'throttled') {
    return { status: 429, headers: { ...headers, 'retry-after': String(RETRY_AFTER_SECONDS) }, body: {} }
  }
  if (weather === 'unavailable') return { status: 503, headers, body: {} }
  if (weather === 'denied') return { status: 403, headers, body: {} }
  if (weather === 'wrong key') return { status: 401, headers, body: {} }
  return undefined
}

async function storm(weather: Weather, life: Life): Promise<void> {
  if (weather === 'hanging') return hang(life)
  if (weather === 'denied' || weather === 'wrong key')
    throw new ProviderFailure('denied', 'the server refused the login')
  if (weather !== 'fair') {
    const pause = weather === 'throttled' ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {}
    throw new ProviderFailure(weather, 'no connection', pause)
  }
}

/** What a real port does with a server that never answers: waits for the signal. The step's deadline comes at once. */
function hang(life: Life): Promise<never> {
  if (life.over !== 'no') return ending(life)
  return new Promise((_, reject) => {
    const give = (): void => reject(new ProviderFailure('unavailable', 'aborted', { mayHaveHappened: true }))
    life.controller.signal.addEventListener('abort', give)
    setImmediate(() => {
      life.over = 'time-out'
      life.controller.abort()
    })
  })
}

function beginLife(): Life {
  const [ended, end] = alarm(new ProcessDeath('the process died'))
  const [dead, bury] = alarm(new ProcessDeath('the process died'))
  const [exhausted, exhaust] = alarm(new GoesOn('goes on asking after its signal was aborted'))
  const controller = new AbortController()
  return { controller, sessions: new Set(), ended, end, dead, bury, exhausted, exhaust, over: 'no', asked: 0 }
}

function alarm(reason: Error): [Promise<never>, () => void] {
  let ring = (): void => {}
  const promise = new Promise<never>((_, reject) => {
    ring = () => reject(reason)
  })
  promise.catch(nothing)
  return [promise, ring]
}

function never(): Promise<never> {
  return new Promise(() => {})
}

function nothing(): void {}
