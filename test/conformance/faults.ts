import type { Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { FaultKind, Point } from './breaker.ts'
import { freshLogin } from './fresh.ts'
import type { Extent, OrderDetails } from './harness.ts'
import type { Play } from './scenes.ts'
import {
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

/** One operation of which every outbound call is broken once, in every way. */
interface Trial {
  /** Only these, each once; absent: every way. */
  readonly kinds?: readonly FaultKind[]
  /** Made once; `act` is repeated on it. Absent: a fresh order for each fault. */
  readonly shared?: (stage: Stage) => Promise<void>
  readonly before?: (stage: Stage) => Promise<void>
  /** The part that is broken. */
  readonly act: (stage: Stage) => Promise<void>
  /** What must be true in the end, and the way back. */
  readonly after: (stage: Stage) => Promise<void>
}

function trial(what: string, open: (details: Partial<OrderDetails>) => Trial): Play {
  return async (harness, details, extent) => {
    const played = open(details)
    const common = played.shared ? await openStage(harness, details) : undefined
    if (common) await played.shared?.(common)
    const next = async (): Promise<Stage> => common ?? openStage(harness, details)

    const clean = await perform(await next(), played, () => undefined)
    if (clean.problems.length > 0) return clean.problems.map((problem) => `${what}, no fault: ${problem}`)
    const problems: string[] = []
    for (const { at, point, kind, twice } of chosen(clean.points, extent, played.kinds)) {
      const breaks = (index: number): boolean => index === at || (twice && index === at + 1)
      const run = await perform(await next(), played, (index) => (breaks(index) ? kind : undefined))
      const fault = `${what}, ${kind} at call ${at + 1} of ${clean.points.length} (${point.what})${twice ? ' and at the next' : ''}`
      problems.push(...run.problems.map((problem) => `${fault}: ${problem}`))
      if (problems.length > 20) break
    }
    if (common) await common.engine.remove()
    return problems
  }
}

async function perform(
  stage: Stage,
  { before, act, after }: Trial,
  fault: (index: number, point: Point) => FaultKind | undefined
): Promise<{ points: readonly Point[]; problems: readonly string[] }> {
  const { breaker, watch } = stage
  const known = new Set(watch.problems())
  await demandSuccess(stage, 'the setting up', async () => before?.(stage))
  breaker.arm(fault)
  await demandSuccess(stage, 'the operation', () => act(stage))
  const points = breaker.disarm()
  await demandSuccess(stage, 'the end', () => after(stage))
  return { points, problems: watch.problems().filter((problem) => !known.has(problem)) }
}

interface Chosen {
  readonly at: number
  readonly point: Point
  readonly kind: FaultKind
  /** The call that comes next, which is usually the look of the next attempt, is lost too. */
  readonly twice: boolean
}

/** All of them, or an even sample that meets every kind of fault. */
function chosen(points: readonly Point[], extent: Extent, kinds?: readonly FaultKind[]): readonly Chosen[] {
  const all = points.flatMap((point, at) => [
    ...point.faults
      .filter((kind) => kinds?.includes(kind) ?? true)
      .map((kind): Chosen => ({ at, point, kind, twice: false })),
    ...point.faults
      .slice(0, kinds ? 0 : 1)
      .map((): Chosen => ({ at, point, kind: 'error after', twice: true }))
  ])
  if (extent === 'all') return all
  let every = Math.ceil(all.length / extent)
  // Each outbound call has 7: a multiple of it would always meet the same kind.
  while (every % 7 === 0) every++
  // The fault that makes two of a thing is never left out.
  const isWorst = ({ point, kind }: Chosen): boolean =>
    point.what.startsWith('POST ') && kind === 'death after'
  return all.filter((each, index) => index % every === 0 || isWorst(each))
}

export const faultsInCreate = trial('create', () => ({
  act: async ({ engine }) => engine.create(),
  after: async (stage) => {
    await demandResources(stage, 1, 'after create')
    await demandAccess(stage)
    await stage.engine.remove()
    await demandNothing(stage, 'after destroy')
  }
}))

/** The owner's password is the one that the order gave, whatever was lost on the way. */
async function demandAccess({ engine, harness, watch }: Stage): Promise<void> {
  if (!engine.driver().access || !harness.tryAccess) return
  if (!(await harness.tryAccess(await engine.access()))) watch.problem("the owner's access does not work")
}

export const faultsInFailedCreate = trial('failed create', () => ({
  act: async (stage) => {
    const ended = await stage.engine.create().then(
      () => 'ready',
      () => 'failed'
    )
    if (ended === 'ready') stage.watch.problem('the create that had to fail succeeded')
    await stage.engine.remove()
  },
  after: async (stage) => demandNothing(stage, 'after the clean-up')
}))

export const faultsInUpdate = trial('update', (details) => ({
  before: async (stage) => {
    const { harness, engine } = stage
    engine.book.order = { ...engine.book.order, ...harness.order }
    await engine.create()
  },
  act: async ({ engine }) => engine.update({ ...engine.book.order, ...details }),
  after: async (stage) => {
    await demandResources(stage, 1, 'after update')
    await stage.engine.remove()
    await demandNothing(stage, 'after destroy')
  }
}))

export const faultsInBind = trial('bind', () => {
  let login = freshLogin()
  let credentials: JsonObject = {}
  return {
    shared: async ({ engine }) => engine.create(),
    before: async () => {
      login = freshLogin()
    },
    act: async ({ engine }) => {
      credentials = await engine.bind(login)
    },
    after: async (stage) => {
      await demandLogin(stage, login, credentials, 'after bind')
      await demandLogins(stage, 1, 'after bind')
      if (!stage.harness.providerMakesSecrets) {
        stage.engine.book.grants.delete(login.name)
        demandSame(stage, 'what bind gives', credentials, await stage.engine.bind(login))
      }
      await stage.engine.unbind(login)
      await demandLogins(stage, 0, 'after unbind')
    }
  }
})

export const faultsInUnbind = trial('unbind', () => {
  let bound: { login: Login; credentials: JsonObject } | undefined
  return {
    shared: async ({ engine }) => engine.create(),
    before: async ({ engine }) => {
      const login = freshLogin()
      bound = { login, credentials: await engine.bind(login) }
    },
    act: async ({ engine }) => {
      if (bound) await engine.unbind(bound.login)
    },
    after: async (stage) => {
      if (bound) await demandRefused(stage, bound.credentials, 'after unbind')
      await demandLogins(stage, 0, 'after unbind')
      await demandResources(stage, 1, 'after unbind')
    }
  }
})

/** A bind is given up after any of its calls, before or after its grant was committed. */
export const unbindWithoutGrant = trial('a bind that is given up', () => {
  let login = freshLogin()
  let credentials: JsonObject | undefined
  return {
    kinds: ['death after'],
    shared: async ({ engine }) => engine.create(),
    before: async () => {
      login = freshLogin()
    },
    act: async ({ engine }) => {
      credentials = await engine.giveUpAtDeath(() => engine.bind(login))
    },
    after: async (stage) => {
      const { engine } = stage
      const given = credentials ?? (await engine.credentials(engine.bound(login)))
      engine.book.grants.delete(login.name)
      await engine.unbind(login)
      await demandRefused(stage, given, 'after unbind without a grant')
      await demandLogins(stage, 0, 'after unbind without a grant')
      await demandResources(stage, 1, 'after unbind without a grant')
    }
  }
})

export const faultsInDestroy = trial('destroy', () => ({
  before: async ({ engine }) => engine.create(),
  act: async ({ engine }) => engine.remove(),
  after: async (stage) => demandNothing(stage, 'after destroy')
}))
