import { isDeepStrictEqual } from 'node:util'
import type { Login } from '../../src/contract/adapter.ts'
import type { FailureKind } from '../../src/contract/errors.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { type Breaker, openBreaker } from './breaker.ts'
import { freshName, freshOrder } from './fresh.ts'
import type { Harness, OrderDetails } from './harness.ts'
import { type Engine, openEngine } from './run.ts'
import { openWatch, type Watch } from './watch.ts'

/** One fresh order at a provider, and how the provider looked before it. */
export interface Stage {
  readonly harness: Harness
  readonly breaker: Breaker
  readonly watch: Watch
  readonly engine: Engine
  readonly before: Standing
}

interface Standing {
  readonly resources: readonly string[]
  readonly logins: readonly string[]
}

export async function openStage(harness: Harness, details: Partial<OrderDetails> = {}): Promise<Stage> {
  const watch = openWatch()
  for (const secret of harness.secrets ?? []) watch.secret(secret)
  const order = freshOrder({ ...harness.order, ...details }, freshName('k'))
  hideWriteOnly(harness, order.parameters, watch)
  const breaker = openBreaker(harness.call)
  const engine = openEngine(harness, breaker, watch, order)
  return { harness, breaker, watch, engine, before: await standing(harness) }
}

async function standing(harness: Harness): Promise<Standing> {
  return { resources: await harness.resources(), logins: await harness.logins() }
}

function hideWriteOnly(harness: Harness, parameters: JsonObject, watch: Watch): void {
  const properties = harness.family?.parameters['properties'] ?? {}
  for (const [key, schema] of Object.entries(properties)) {
    const value = parameters[key]
    if (JSON.stringify(schema).includes('"writeOnly":true') && typeof value === 'string') watch.secret(value)
  }
}

/** Demands that as many resources of ours stand, and that nobody else's changed. */
export async function demandResources(
  { harness, watch, before }: Stage,
  count: number,
  when: string
): Promise<readonly string[]> {
  const after = await harness.resources()
  const ours = after.filter((line) => !before.resources.includes(line))
  const lost = before.resources.filter((line) => !after.includes(line))
  if (ours.length !== count)
    watch.problem(`${when} ${ours.length} resources stand, not ${count}: ${ours.join('; ')}`)
  if (lost.length > 0) watch.problem(`${when} somebody else's resource was touched: ${lost.join('; ')}`)
  return ours
}

export async function demandLogins(
  { harness, watch, before }: Stage,
  count: number,
  when: string
): Promise<void> {
  const ours = (await harness.logins()).filter((line) => !before.logins.includes(line))
  if (ours.length !== count)
    watch.problem(`${when} ${ours.length} logins exist, not ${count}: ${ours.join('; ')}`)
}

/** Nothing of ours may be left. */
export async function demandNothing(stage: Stage, when: string): Promise<void> {
  await demandResources(stage, 0, when)
  await demandLogins(stage, 0, when)
}

/** The credentials must log in, and carry the login that the core made. */
export async function demandLogin(
  stage: Stage,
  login: Login,
  credentials: JsonObject,
  when: string
): Promise<void> {
  const { harness, watch } = stage
  if (!(await harness.tryLogin(credentials))) watch.problem(`${when} the credentials do not log in`)
  if (!harness.providerMakesSecrets && !JSON.stringify(credentials).includes(login.password)) {
    watch.problem(`${when} the credentials do not carry the login's password`)
  }
}

export async function demandRefused(
  { harness, watch }: Stage,
  credentials: JsonObject,
  when: string
): Promise<void> {
  if (await harness.tryLogin(credentials)) watch.problem(`${when} the credentials still log in`)
}

export function demandSame({ watch }: Stage, what: string, first: unknown, second: unknown): void {
  if (isDeepStrictEqual(first, second)) return
  const where = isRecord(first) && isRecord(second) ? differing(first, second) : ''
  watch.problem(`${what} differs from one attempt to the next${where}`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Where, never what: it may be a secret. */
function differing(
  first: Readonly<Record<string, unknown>>,
  second: Readonly<Record<string, unknown>>
): string {
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  const told = keys.filter((key) => !isDeepStrictEqual(first[key], second[key]))
  return ` at ${told.map((key) => `"${key}"`).join(', ')}`
}

/** Demands that it is refused, with one of these kinds. */
export async function demandFailure(
  { watch }: Stage,
  what: string,
  kinds: readonly FailureKind[],
  work: () => Promise<unknown>
): Promise<ProviderFailure | undefined> {
  const thrown = await work().then(
    () => undefined,
    (error: unknown) => error ?? 'nothing'
  )
  if (thrown instanceof ProviderFailure && kinds.includes(thrown.kind)) return thrown
  const told = thrown instanceof ProviderFailure ? `"${thrown.kind}" (${thrown.message})` : String(thrown)
  const got = thrown === undefined ? 'succeeded' : `ended with ${told}`
  watch.problem(`${what} ${got}, not with "${kinds.join('" or "')}"`)
  return undefined
}

/** Demands that it ends well. */
export async function demandSuccess<T>(
  { watch, engine }: Stage,
  what: string,
  work: () => Promise<T>
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    watch.problem(
      `${what} failed in ${engine.doing()}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
    )
    return undefined
  }
}
