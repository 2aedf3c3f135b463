import type { Driver, Handle, Listed, Sighting } from '../../src/contract/adapter.ts'
import { type FailureKind, ProviderFailure } from '../../src/contract/errors.ts'
import { makesLogins } from '../../src/contract/makes-logins.ts'
import type { Call } from '../../src/contract/ports.ts'
import { RETRY_AFTER_SECONDS, type Weather } from './breaker.ts'
import { freshLogin, freshName, freshOrder } from './fresh.ts'
import type { Extent, Harness, OrderDetails } from './harness.ts'
import { Broken, type Engine, openEngine } from './run.ts'
import {
  demandFailure,
  demandLogin,
  demandLogins,
  demandNothing,
  demandRefused,
  demandResources,
  demandSame,
  demandSuccess,
  openStage,
  type Stage
} from './stage.ts'

export type Play = (
  harness: Harness,
  details: Partial<OrderDetails>,
  extent: Extent
) => Promise<readonly string[]>

/** Opens a stage, plays, and hears what was wrong. */
export function on(play: (stage: Stage) => Promise<void>): Play {
  return async (harness, details) => {
    const stage = await openStage(harness, details)
    await demandSuccess(stage, 'the scene', () => play(stage))
    return stage.watch.problems()
  }
}

export const becomesReady = on(async (stage) => {
  const { engine, harness } = stage
  await engine.create()
  const made = await demandResources(stage, 1, 'after create')
  await demandState(stage, 'observe', 'ready')
  demandSame(stage, 'what stands, observed or not,', made, await demandResources(stage, 1, 'after observe'))
  if (engine.driver().access) {
    const access = await engine.access()
    const works = await (harness.tryAccess?.(access) ?? true)
    if (!works) stage.watch.problem("the owner's access does not work")
  }
  await engine.remove()
  await demandNothing(stage, 'after destroy')
  await demandState(stage, 'observe', 'gone')
})

export const handleSurvivesJson = on(async (stage) => {
  await stage.engine.create()
  for (const handle of stage.engine.book.handles) {
    if (typeof handle.v !== 'number') stage.watch.problem('a handle has no version v')
  }
  if (canBind(stage)) await stage.engine.bind(freshLogin())
  await demandState(stage, 'observe', 'ready')
  await stage.engine.remove()
  await demandNothing(stage, 'after destroy')
})

export const firstStepHasNoEffect = on(async (stage) => {
  const { engine, watch } = stage
  const chosen = await createOnce(stage, undefined)
  if (chosen.state !== 'pending') {
    watch.problem(`create without a handle returns "${chosen.state}", not "pending"`)
    return
  }
  await demandNothing(stage, 'after a create without a handle')
  engine.book.handle = chosen.handle
  await engine.remove()
  await demandNothing(stage, 'after destroy from the first handle')
})

export const repeatCreate = on(async (stage) => {
  const { engine, harness, breaker, watch } = stage
  await engine.create()
  const again = openEngine(harness, breaker, watch, engine.book.order)
  await again.create()
  await demandResources(stage, 1, 'after the same create from the beginning')
  if (!harness.providerMakesOwnersSecret) {
    demandSame(stage, 'the handle', engine.book.handle, again.book.handle)
  } else if (!(await harness.tryAccess?.(await again.access()))) {
    watch.problem("after the same create from the beginning the owner's access does not work")
  }
  await again.remove()
  await demandNothing(stage, 'after destroy')
})

/** Every step of a whole life happens, is not heard of, and happens again. */
function everyStepTwice(kind: 'error after' | 'death after'): Play {
  return on(async (stage) => {
    const { engine, breaker } = stage
    let returns = 0
    breaker.arm((_, { what }) => (what.startsWith('the return') && returns++ % 2 === 0 ? kind : undefined))
    await engine.create()
    await demandResources(stage, 1, 'after create')
    if (canBind(stage)) {
      const login = freshLogin()
      const credentials = await engine.bind(login)
      await demandLogin(stage, login, credentials, 'after bind')
      await demandLogins(stage, 1, 'after bind')
      await engine.unbind(login)
      await demandRefused(stage, credentials, 'after unbind')
    }
    await engine.remove()
    breaker.disarm()
    await demandNothing(stage, 'after destroy')
  })
}
export const lostAnswers = everyStepTwice('error after')
export const crashBetweenSteps = everyStepTwice('death after')

export const destroyTwice = on(async (stage) => {
  const { engine } = stage
  await engine.create()
  await engine.remove()
  await demandSuccess(stage, 'a second destroy', () => engine.remove())
  await demandState(stage, 'destroy', 'gone')
  await demandNothing(stage, 'after two destroys')
})

/** Handles are tried both when the resource is complete and when the answer of the step after them was lost. */
export const destroyFromEveryHandle: Play = async (harness, details) => {
  const whole = await openStage(harness, details)
  await whole.engine.make()
  const handles = whole.engine.book.handles.length
  const problems: string[] = []
  for (let kept = 0; kept < handles; kept++) {
    const late = kept === 0 ? whole : await openStage(harness, details)
    await removeFrom(late, kept, async () => late.engine.make())
    problems.push(...late.watch.problems())
    if (kept + 1 === handles) break
    const early = await openStage(harness, details)
    await removeFrom(early, kept, async () => createSteps(early, kept + 2))
    problems.push(...early.watch.problems())
  }
  return problems
}

async function removeFrom(stage: Stage, kept: number, make: () => Promise<void>): Promise<void> {
  const { book } = stage.engine
  if (book.handles.length === 0) await make()
  const handle = book.handles[kept]
  if (!handle) return
  book.handle = handle
  const what = `destroy from handle ${kept + 1} of ${book.handles.length}`
  await demandSuccess(stage, what, () => stage.engine.remove())
  await demandNothing(stage, `after ${what}`)
}

export const destroyRefusesAnotherMark = on(async (stage) => {
  const { engine, harness } = stage
  await engine.create()
  await harness.remark?.(engine.book.order.name)
  const standing = await harness.resources()
  await demandFailure(stage, 'destroy of a resource with another mark', ['conflict'], () =>
    destroyOnce(stage)
  )
  demandSame(stage, 'what stands before and after the refused destroy', standing, await harness.resources())
})

export const foreignRefused = on(async (stage) => {
  const { engine, harness } = stage
  await harness.plantForeign?.(engine.book.order.name)
  const standing = await harness.resources()
  await demandFailure(stage, 'create under a taken name', ['conflict'], () => engine.create())
  demandSame(stage, 'what stands before and after the refused create', standing, await harness.resources())
  // A clean-up may say that it is blocked; what matters is that it touches nothing.
  await engine.remove().catch(unlessConflict)
  demandSame(stage, 'what stands before and after the clean-up', standing, await harness.resources())
})

export function unlessConflict(error: unknown): void {
  if (!(error instanceof ProviderFailure && error.kind === 'conflict')) throw error
}

/** Every method that asks the provider must say how it is there, and must not take silence for absence. */
function inWeather(
  weather: Weather,
  kinds: readonly FailureKind[],
  check: (stage: Stage, what: string, failure: ProviderFailure) => void = () => {}
): Play {
  return on(async (stage) => {
    const { engine, breaker, watch } = stage
    await engine.create()
    let asked = 0
    for (const [what, work] of methodsOf(stage)) {
      const answer = await askIn(stage, weather, kinds, what, work)
      if (answer === 'too late') break
      if (answer === 'asked nobody') continue
      asked++
      if (answer) check(stage, what, answer)
    }
    if (asked === 0 && watch.problems().length === 0)
      watch.problem('no method asks the provider; skip the scene with that reason')
    breaker.setWeather('fair')
    await demandResources(stage, 1, 'when the weather has changed')
    await engine.remove()
    await demandNothing(stage, 'after destroy')
  })
}

/** One method in that weather; undefined: it failed as it must not, or not at all. */
export async function askIn(
  stage: Stage,
  weather: Weather,
  kinds: readonly FailureKind[],
  what: string,
  work: (driver: Driver, call: Call) => Promise<unknown>
): Promise<ProviderFailure | 'too late' | 'asked nobody' | undefined> {
  const { engine, breaker, watch } = stage
  breaker.setWeather(weather)
  const attempt = withinTwoSeconds(engine.step(what, work))
  const late = await attempt.then(
    () => false,
    (error: unknown) => error instanceof TooLate
  )
  if (late) {
    watch.problem(`${what} (${weather}) does not end within 2 s`)
    return 'too late'
  }
  if (breaker.outbound() === 0) return 'asked nobody'
  return demandFailure(stage, `${what} (${weather})`, kinds, () => attempt)
}

function methodsOf({ harness, engine }: Stage): [string, (driver: Driver, call: Call) => Promise<unknown>][] {
  const { book } = engine
  const first = book.handles[0]
  const handle = book.handle
  if (!first || !handle) throw new Error('no handle was committed')
  const order = freshOrder(harness.order, book.order.mark.broker)
  const family = harness.family
  const login = freshLogin()
  return [
    ['create', async (driver, call) => driver.create(order, undefined, call)],
    ['create', async (driver, call) => driver.create(book.order, first, call)],
    ['observe', async (driver, call) => driver.observe(handle, call)],
    ['observe from the first handle', async (driver, call) => driver.observe(first, call)],
    ['destroy', async (driver, call) => driver.destroy(handle, call)],
    ['destroy from the first handle', async (driver, call) => driver.destroy(first, call)],
    ['access', async (driver, call) => driver.access?.(handle, call)],
    ['adopt', async (driver, call) => driver.adopt?.(book.order, handle, call)],
    ['differences', async (driver, call) => driver.differences?.(handle, order.plan, call)],
    ['list', async (driver, call) => firstOf(driver.list?.(order.mark.broker, call))],
    [
      'bind',
      async (driver, call) => {
        if (makesLogins(driver, book.order.plan)) return driver.bind?.(handle, login, {}, undefined, call)
        const access = await driver.access?.(handle, call)
        return access && family?.bind?.(access, login, {}, call)
      }
    ]
  ]
}

async function firstOf<T>(found: AsyncIterable<T> | undefined): Promise<T | undefined> {
  if (!found) return undefined
  for await (const one of found) return one
  return undefined
}

class TooLate extends Error {}

function withinTwoSeconds<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate()), 2000)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export const unavailable = inWeather('unavailable', ['unavailable', 'throttled'])
export const denied = inWeather('denied', ['denied'])
export const abort = inWeather('hanging', ['unavailable'], ({ breaker, watch }, what) => {
  if (breaker.late() > 0) watch.problem(`${what} asks again after its signal was aborted`)
})
export const throttled = inWeather('throttled', ['throttled'], ({ watch }, what, failure) => {
  if (failure.retryAfterSeconds !== RETRY_AFTER_SECONDS) {
    watch.problem(
      `${what} keeps Retry-After to itself: ${failure.retryAfterSeconds} instead of ${RETRY_AFTER_SECONDS}`
    )
  }
})

export const quota = on(async (stage) => {
  const { engine, harness } = stage
  await demandFailure(stage, 'create over quota', ['quota'], () => engine.create())
  await harness.unstage?.()
  await engine.remove()
  await demandNothing(stage, 'after the clean-up')
})

export const broken = on(async (stage) => {
  const { engine, harness, watch } = stage
  const ended = await engine.create().then(
    () => 'ready',
    (error: unknown) => error
  )
  if (!(ended instanceof Broken))
    watch.problem(`create of a broken resource ended with ${String(ended)}, not with a broken sighting`)
  await harness.unstage?.()
  await engine.remove()
  await demandNothing(stage, 'after the clean-up')
})

export const bindTwice = on(async (stage) => {
  const { engine, harness } = stage
  await engine.create()
  const login = freshLogin()
  const first = await engine.bind(login)
  engine.book.grants.delete(login.name)
  const second = await engine.bind(login)
  if (!harness.providerMakesSecrets) demandSame(stage, 'what bind gives', first, second)
  await demandLogin(stage, login, second, 'after two binds')
  await demandLogins(stage, 1, 'after two binds')
  await engine.unbind(login)
  await demandSuccess(stage, 'a second unbind', () => engine.unbind(login))
  await demandRefused(stage, second, 'after unbind')
  await demandSuccess(stage, 'unbind of a login that never was', () => engine.unbind(freshLogin()))
  await demandLogins(stage, 0, 'after two unbinds')
  await engine.remove()
  await demandNothing(stage, 'after destroy')
})

export const twoBindings = on(async (stage) => {
  const { engine } = stage
  await engine.create()
  const [one, other] = [freshLogin(), freshLogin()]
  const [first, second] = [await engine.bind(one), await engine.bind(other)]
  await demandLogins(stage, 2, 'after two bindings')
  await engine.unbind(one)
  await demandRefused(stage, first, 'after its unbind')
  await demandLogin(stage, other, second, "after the other's unbind")
  await demandLogins(stage, 1, 'after one unbind')
  await demandResources(stage, 1, 'after one unbind')
  await engine.unbind(other)
  await engine.remove()
  await demandNothing(stage, 'after destroy')
})

export const readOnlyBinding = on(async (stage) => {
  const { engine, harness, watch } = stage
  await engine.create()
  const [writer, reader] = [freshLogin(), freshLogin()]
  const writing = await engine.bind(writer)
  const reading = await engine.bind(reader, { access: 'read-only' })
  await demandLogin(stage, reader, reading, 'after a read-only bind')
  if (!(await harness.tryWrite?.(writing))) watch.problem('a read-write binding cannot write')
  if (await harness.tryWrite?.(reading)) watch.problem('a read-only binding can write')
  await engine.unbind(writer)
  await engine.unbind(reader)
  await engine.remove()
  await demandNothing(stage, 'after destroy')
})

export const prepareTwice = on(async (stage) => {
  const { engine } = stage
  await engine.create()
  await demandSuccess(stage, 'a second prepare', () => engine.prepare())
  await demandResources(stage, 1, 'after two prepares')
  if (canBind(stage)) {
    const login = freshLogin()
    await demandLogin(stage, login, await engine.bind(login), 'after two prepares')
    await engine.unbind(login)
  }
  await engine.release()
  await demandSuccess(stage, 'a second release', () => engine.release())
  await engine.remove()
  await demandNothing(stage, 'after destroy')
})

export const list = on(async (stage) => {
  const three = await openThree(stage)
  await demandListed(stage, three)
  for (const { mark, handle } of await listed(stage, stage.engine.book.order.mark.broker)) {
    const owner = three.ours.find(({ book }) => book.order.mark.resource === mark.resource)
    if (!owner) continue
    owner.book.handle = handle
    await demandSuccess(stage, 'destroy from a handle of list', () => owner.remove())
  }
  await three.neighbour.remove()
  await demandNothing(stage, 'after destroying all that list found')
})

/** The last that was made stands on the last page of most providers, the first on that of the others. */
export const listOfManyPages = on(async (stage) => {
  const { harness, breaker, watch } = stage
  const { ours, neighbour } = await openThree(stage)
  await harness.shortenPages?.()
  await demandListed(stage, { ours, neighbour })
  for (const { book } of ours) {
    const again = openEngine(harness, breaker, watch, book.order)
    await demandSuccess(stage, 'the same create from the beginning', () => again.create())
    if (!harness.providerMakesOwnersSecret) demandSame(stage, 'the handle', book.handle, again.book.handle)
  }
  await demandResources(stage, 3, 'after the same creates from the beginning')
  for (const engine of [...ours, neighbour]) await engine.remove()
  await demandNothing(stage, 'after destroy')
})

/** Two of one broker, and one of another. */
interface Three {
  readonly ours: readonly Engine[]
  readonly neighbour: Engine
}

async function openThree({ engine, harness, breaker, watch }: Stage): Promise<Three> {
  const { broker } = engine.book.order.mark
  const openOther = (of: string): Engine => openEngine(harness, breaker, watch, freshOrder(harness.order, of))
  const [other, neighbour] = [openOther(broker), openOther(freshName('k'))]
  for (const each of [engine, neighbour, other]) await each.create()
  await engine.pass(engine.driver().listLagSeconds ?? 0)
  return { ours: [engine, other], neighbour }
}

/** Everything of ours once, and nothing of anybody else. */
async function demandListed(stage: Stage, { ours, neighbour }: Three): Promise<void> {
  const { watch } = stage
  const line = ({ mark, name, region }: Pick<Listed, 'mark' | 'name' | 'region'>): string =>
    `${name} in ${region}, marked ${mark.broker} ${mark.resource} ${mark.generation}`
  const found = (await listed(stage, ours[0]?.book.order.mark.broker ?? '')).map(line)
  const made = ours.map(({ book }) => line(book.order))
  for (const each of made) if (!found.includes(each)) watch.problem(`list leaves out ${each}`)
  if (new Set(found).size < found.length) watch.problem('list tells one resource twice')
  const others = found.filter((each) => !made.includes(each))
  if (others.includes(line(neighbour.book.order)))
    watch.problem("list tells another broker's resource as ours")
  else if (others.length > 0) watch.problem(`list tells what was not made: ${others.join('; ')}`)
}

export async function listed({ engine }: Stage, broker: string): Promise<Listed[]> {
  return engine.step('list', async (driver, call) => {
    const found = []
    for await (const one of driver.list?.(broker, call) ?? []) found.push(one)
    return found
  })
}

export function canBind({ harness, engine }: Stage): boolean {
  return engine.driver().bind !== undefined || harness.family?.bind !== undefined
}

function createOnce({ engine }: Stage, soFar: Handle | undefined): Promise<Sighting> {
  return engine.step('create', (driver, call) => driver.create(engine.book.order, soFar, call))
}

/** So many steps; the last one's answer is not committed. */
async function createSteps(stage: Stage, steps: number): Promise<void> {
  const { book, pass } = stage.engine
  for (let step = 1; step <= steps; step++) {
    book.attempts = step === steps ? 1 : 0
    const sighting = await createOnce(stage, book.handle)
    if (step === steps || sighting.state !== 'pending') return
    book.handle = sighting.handle
    book.handles.push(sighting.handle)
    await pass(sighting.lookAgainInSeconds ?? 5)
  }
}

export function destroyOnce({ engine }: Stage): Promise<Sighting> {
  return engine.step('destroy', (driver, call) => driver.destroy(lastHandle(engine.book.handle), call))
}

/** `gone` may be told by the failure `not-found` too. */
export async function demandState(
  stage: Stage,
  method: 'observe' | 'destroy',
  state: Sighting['state']
): Promise<void> {
  const look = stage.engine.step(method, (driver, call) =>
    driver[method](lastHandle(stage.engine.book.handle), call)
  )
  const seen = await look.then(
    (sighting) => sighting.state,
    (error: unknown) =>
      error instanceof ProviderFailure && error.kind === 'not-found' ? 'gone' : String(error)
  )
  if (seen !== state) stage.watch.problem(`${method} says "${seen}", not "${state}"`)
}

function lastHandle(handle: Handle | undefined): Handle {
  if (!handle) throw new Error('no handle was committed')
  return handle
}
