import { isDeepStrictEqual } from 'node:util'
import type { Access } from '../../src/contract/access.ts'
import type { Driver, Grant, Handle, Login, Order, Sighting } from '../../src/contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../../src/contract/errors.ts'
import type { Names } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { makesLogins } from '../../src/contract/makes-logins.ts'
import type { Call } from '../../src/contract/ports.ts'
import { unlikePlan } from '../../src/engine/plan-differences.ts'
import { type Breaker, GoesOn, ProcessDeath } from './breaker.ts'
import type { Harness } from './harness.ts'
import type { Watch } from './watch.ts'

/**
 * A core in small: it commits the handle after every step, counts attempts durably, tries again what may be tried again,
 * comes back after a death with nothing but its book, and cleans up after a failed create.
 */
export interface Engine {
  readonly book: Book
  readonly driver: () => Driver
  /** One step with the driver of this life, without trying again. */
  step<T>(what: string, work: (driver: Driver, call: Call) => Promise<T>): Promise<T>
  /** The driver's part alone: ends when the resource is ready. */
  make(): Promise<void>
  prepare(): Promise<void>
  release(): Promise<void>
  /** Ends when the resource is ready and prepared; throws what failed it. */
  create(): Promise<void>
  update(order: Order): Promise<void>
  /** The driver's part of an adoption: of what `found` leads to, or of what has the order's name. */
  take(found?: Handle): Promise<void>
  bind(login: Login, parameters?: JsonObject): Promise<JsonObject>
  unbind(login: Login): Promise<void>
  /** Release and destroy, until gone. */
  remove(): Promise<void>
  access(): Promise<Access>
  /** The login that the last bind made for this one: some providers make their own. */
  bound(login: Login): Login
  /** What an application would be told, had this instance given it that login. */
  credentials(login: Login): Promise<JsonObject>
  /** Ends at a death of the process, and nobody comes back to what was begun: undefined. */
  giveUpAtDeath<T>(work: () => Promise<T>): Promise<T | undefined>
  pass(seconds: number): Promise<void>
  /** Called after every step whose answer was committed, before time goes on. */
  afterEach(look: (what: string) => Promise<void>): void
  /** The step that was begun last. */
  doing(): string
}

/** What the store would hold: JSON only, and all that survives a death. */
export interface Book {
  order: Order
  handle?: Handle
  /** Of the step that comes next. */
  attempts: number
  readonly grants: Map<string, Grant>
  readonly parameters: Map<string, JsonObject>
  /** Every handle ever committed. */
  readonly handles: Handle[]
}

type Progress<T> = { readonly lookAgainInSeconds: number } | { readonly done: T }

type GrantAnswer = Awaited<ReturnType<NonNullable<Driver['bind']>>>

const OWN_PACE_SECONDS = 5
const DEADLINE_SECONDS = 4 * 60 * 60
const MOST_STEPS = 300
const TRIES_WHEN_UNEXPECTED = 3

export function openEngine(harness: Harness, breaker: Breaker, watch: Watch, order: Order): Engine {
  const book: Book = {
    order: { ...order, secret: (label) => watch.secret(order.secret(label)) },
    attempts: 0,
    grants: new Map(),
    parameters: new Map(),
    handles: []
  }
  const names: Names = { resource: order.name, mark: order.mark }
  const family = harness.family
  let driver = harness.openDriver()
  let doing = 'no step'
  let comesBack = true
  let afterEach: (what: string) => Promise<void> = async () => undefined
  let now = Date.parse('2026-01-01T00:00:00Z')

  async function pass(seconds: number): Promise<void> {
    now += seconds * 1000
    await harness.advanceTime?.(seconds)
  }

  async function step<T>(what: string, work: (driver: Driver, call: Call) => Promise<T>): Promise<T> {
    doing = what
    const context = {
      now: new Date(now),
      attempt: Math.max(book.attempts, 1),
      note: (text: string, facts?: JsonObject) => watch.hear(`a note of ${what}`, [text, facts])
    }
    try {
      return await breaker.step(what, context, (call) => work(driver, call))
    } catch (error) {
      if (error instanceof GoesOn) watch.problem(`${what} ${error.message}`)
      if (!(error instanceof ProcessDeath)) watch.hear(`an error of ${what}`, error)
      throw error
    }
  }

  /** Steps until done, as a worker would with an operation it finds in the store; only `commit` writes to the book. */
  async function operate<A, T>(
    what: string,
    ask: (driver: Driver, call: Call) => Promise<A>,
    commit: (answer: A) => Progress<T>
  ): Promise<T> {
    const deadline = now + DEADLINE_SECONDS * 1000
    let unexpected = 0
    book.attempts = 0
    for (let steps = 0; steps < MOST_STEPS && now < deadline; steps++) {
      book.attempts++
      try {
        const progress = commit(await step(what, ask))
        book.attempts = 0
        await afterEach(what)
        if ('done' in progress) return progress.done
        await pass(progress.lookAgainInSeconds)
      } catch (error) {
        if (!isKnown(error) && ++unexpected > TRIES_WHEN_UNEXPECTED) throw error
        await pass(pauseAfter(error))
        if (error instanceof ProcessDeath) restart(error)
      }
    }
    throw new Error(`${what} did not end within ${MOST_STEPS} steps or ${DEADLINE_SECONDS} s`)
  }

  function restart(death: ProcessDeath): void {
    driver = harness.openDriver()
    if (!comesBack) throw death
  }

  function see(what: string, sighting: Sighting): Progress<void> {
    if ('note' in sighting) watch.hear(`the note of a sighting of ${what}`, sighting.note)
    if (sighting.state === 'gone') throw new ProviderFailure('not-found', `${what} saw the resource gone`)
    // As the core does: the handle of a broken sighting is not kept, the one before must do.
    if (sighting.state === 'broken') throw new Broken(sighting.note)
    book.handle = asStored('a handle', sighting.handle, watch)
    book.handles.push(book.handle)
    if (sighting.state === 'ready') return done()
    return { lookAgainInSeconds: sighting.lookAgainInSeconds ?? OWN_PACE_SECONDS }
  }

  async function ownersWayIn(from: Driver, call: Call): Promise<Access> {
    if (!from.access) throw new Error('the driver has no access for its family')
    return from.access(committed(book), call)
  }

  function byDriver(): boolean {
    return makesLogins(driver, book.order.plan)
  }

  async function make(): Promise<void> {
    await operate(
      'create',
      (from, call) => from.create(book.order, book.handle, call),
      (sighting) => see('create', sighting)
    )
  }

  /** As the core does: what carries our mark stands as it is where the driver has no other way. */
  async function sight(from: Driver, call: Call): Promise<Sighting> {
    const { order: asked, handle } = book
    const plan = { name: 'of the order', driverPlan: asked.plan }
    const unlike = handle && (await unlikePlan(from, { called: 'It', handle }, plan, call))
    if (unlike) throw unlike
    return from.adopt ? from.adopt(asked, handle, call) : from.observe(committed(book), call)
  }

  async function prepare(): Promise<void> {
    if (!family?.prepare || byDriver()) return
    const ask = async (from: Driver, call: Call): Promise<void> => {
      const access = await ownersWayIn(from, call)
      await family.prepare?.(access, names, { defaultPrivileges: true }, call)
    }
    await operate('prepare', ask, done)
  }

  async function release(): Promise<void> {
    if (!family?.release || !driver.access) return
    if (harness.dedicated && !family.alwaysReleased) return
    const ask = async (from: Driver, call: Call) => {
      const access = await ownersWayIn(from, call)
      return family.release?.(access, names, call)
    }
    await operate('release', ask, (left) => {
      if (typeof left !== 'object') return done()
      watch.hear('the note of a release', left.note)
      return { lookAgainInSeconds: 0 }
    }).catch(unlessGone)
  }

  async function bindByDriver(login: Login, parameters: JsonObject): Promise<JsonObject> {
    const ask = async (from: Driver, call: Call): Promise<GrantAnswer> => {
      if (!from.bind) throw new Error('the driver has no bind')
      return from.bind(committed(book), login, parameters, book.grants.get(login.name), call)
    }
    const made = await operate('bind', ask, ({ state, grant, lookAgainInSeconds = OWN_PACE_SECONDS }) => {
      book.grants.set(login.name, asStored('a grant', grant, watch))
      return state === 'ready' ? { done: grant.login ?? login } : { lookAgainInSeconds }
    })
    return operate(
      'access',
      async (from, call) => credentialsOf(await ownersWayIn(from, call), made, parameters),
      (credentials) => ({ done: credentials })
    )
  }

  async function bindByFamily(login: Login, parameters: JsonObject): Promise<JsonObject> {
    const ask = async (from: Driver, call: Call): Promise<JsonObject> => {
      if (!family?.bind) throw new Error('neither driver nor family can bind')
      const access = await ownersWayIn(from, call)
      await family.bind(access, login, parameters, call)
      return credentialsOf(access, login, parameters)
    }
    return operate('bind', ask, (credentials) => ({ done: credentials }))
  }

  function credentialsOf(access: Access, login: Login, parameters: JsonObject): JsonObject {
    if (!family) throw new Error('without its family nobody says what an application needs to know')
    return family.credentials(access, login, 'cloudfoundry', parameters)
  }

  return {
    book,
    driver: () => driver,
    step,
    doing: () => doing,
    pass,
    afterEach: (look) => {
      afterEach = look
    },
    access: () => step('access', ownersWayIn),
    bound: (login) => book.grants.get(login.name)?.login ?? login,
    credentials: async (login) => credentialsOf(await step('access', ownersWayIn), login, {}),
    async giveUpAtDeath(work) {
      comesBack = false
      try {
        return await work()
      } catch (error) {
        if (error instanceof ProcessDeath) return undefined
        throw error
      } finally {
        comesBack = true
      }
    },
    make,
    prepare,
    release,
    async create() {
      await make()
      await prepare()
    },
    async update(wanted) {
      book.order = { ...wanted, secret: book.order.secret }
      const ask = async (from: Driver, call: Call): Promise<Sighting> => {
        if (!from.update) throw new Error('the driver has no update')
        return from.update(committed(book), book.order, call)
      }
      await operate('update', ask, (sighting) => see('update', sighting))
    },
    async take(found) {
      if (found) book.handle = asStored('a handle of a list', found, watch)
      await operate('adopt', sight, (sighting) => see('adopt', sighting))
    },
    async bind(login, parameters = {}) {
      watch.secret(login.password)
      const credentials = await (byDriver() ? bindByDriver : bindByFamily)(login, parameters)
      if (typeof credentials['password'] === 'string') watch.secret(credentials['password'])
      return asStored('credentials', credentials, watch)
    },
    async unbind(login) {
      const ask = async (from: Driver, call: Call): Promise<void> => {
        if (byDriver()) await from.unbind?.(committed(book), login, book.grants.get(login.name), call)
        else if (family?.unbind) {
          const left = await family.unbind(await ownersWayIn(from, call), login, call)
          // The core goes on in a clean-up.
          if (left === 'locked out') throw new ProviderFailure('unavailable', 'locked out, not removed yet')
        }
      }
      await operate('unbind', ask, done).catch(unlessGone)
      book.grants.delete(login.name)
    },
    async remove() {
      if (!book.handle) return
      await release()
      const ask = (from: Driver, call: Call): Promise<Sighting> => from.destroy(committed(book), call)
      await operate('destroy', ask, (sighting) => {
        if (sighting.state === 'gone') return done()
        if (sighting.state === 'ready') throw new Error('destroy calls the resource ready')
        return see('destroy', sighting)
      }).catch(unlessGone)
    }
  }
}

/** A sighting that ends a create. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

function done(): { readonly done: undefined } {
  return { done: undefined }
}

function committed(book: Book): Handle {
  if (!book.handle) throw new Error('no handle was committed')
  return book.handle
}

function asStored<T>(what: string, value: T, watch: Watch): T {
  const stored: T = JSON.parse(JSON.stringify(value))
  if (!isDeepStrictEqual(stored, value)) watch.problem(`${what} does not survive JSON`)
  return stored
}

/** Kinds that fail an operation at once are thrown on. */
function pauseAfter(error: unknown): number {
  if (error instanceof Broken) throw error
  if (!(error instanceof ProviderFailure)) return 1
  const again = isRetryable(error) || error.mayHaveHappened || error.kind === 'unexpected'
  if (!again) throw error
  return error.retryAfterSeconds ?? OWN_PACE_SECONDS
}

function isKnown(error: unknown): boolean {
  if (error instanceof ProcessDeath || error instanceof Broken) return true
  return error instanceof ProviderFailure && error.kind !== 'unexpected'
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
}
