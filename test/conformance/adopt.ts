import type { Listed, Order } from '../../src/contract/adapter.ts'
import { asOurs } from './another-broker.ts'
import { contentsOf } from './contents.ts'
import { freshLogin, freshName, freshOrder } from './fresh.ts'
import type { OrderDetails } from './harness.ts'
import { type Engine, openEngine } from './run.ts'
import { canBind, listed, on } from './scenes.ts'
import {
  demandFailure,
  demandNothing,
  demandResources,
  demandSame,
  demandSuccess,
  type Stage
} from './stage.ts'

/** What was made and is in no book any more, as `portolan instances adopt` takes it. */
export const adopt = on(async (stage) => {
  const { engine, watch } = stage
  await refuseAbsent(stage)
  await engine.create()
  const written = await write(stage)
  const found = await find(stage, engine.book.order)
  if (!found) {
    watch.problem('list leaves out what was made')
    return
  }
  await refuseStranger(stage, found)
  const taken = await takeTwice(stage, found)
  if (!taken) return
  await demandSuccess({ ...stage, engine: taken }, 'the life of what was adopted', async () => {
    await demandWhole({ ...stage, engine: taken }, written)
    await taken.remove()
  })
  await demandNothing(stage, 'after destroy of what was adopted')
  const late = strangerTo(stage, found)
  await demandFailure(stage, 'adopt of what is gone', ['not-found'], () => late.take(found.handle))
  await demandNothing(stage, 'after adopt of what is gone')
})

/** An engine whose book has nothing but what a list tells: the secrets are others than at create. */
export function strangerTo(
  { engine, harness, breaker, watch }: Stage,
  { name, mark }: Pick<Listed, 'mark' | 'name'>,
  details: OrderDetails = engine.book.order
): Engine {
  return openEngine(harness, breaker, watch, { ...freshOrder(details, mark.broker), name, mark })
}

/** As the list tells it. */
export async function find(stage: Stage, { name, mark }: Order): Promise<Listed | undefined> {
  await stage.engine.pass(stage.engine.driver().listLagSeconds ?? 0)
  return (await listed(stage, mark.broker)).find((each) => each.name === name)
}

async function refuseAbsent(stage: Stage): Promise<void> {
  const { engine } = stage
  if (!engine.driver().adopt) return
  const nobodys = strangerTo(stage, { name: freshName('p'), mark: engine.book.order.mark })
  const what = 'adopt of a name that is not there'
  await demandFailure(stage, what, ['invalid', 'not-found'], () => nobodys.take())
  await demandNothing(stage, `after ${what}`)
}

/** What an application leaves behind, as its owner sees it. */
async function write(stage: Stage): Promise<readonly string[]> {
  const { engine, harness, watch } = stage
  const before = canBind(stage) ? await contentsOf(stage) : undefined
  if (!before || !harness.tryWrite) return []
  if (!(await harness.tryWrite(await engine.bind(freshLogin())))) watch.problem('a binding cannot write')
  const written = ((await contentsOf(stage)) ?? []).filter((line) => !before.includes(line))
  if (written.length === 0) watch.problem('the owner does not see what a binding wrote')
  return written
}

/** A broker that differs in its name only: it looks under the name, and by a handle as if it were its own. */
async function refuseStranger(stage: Stage, { name, mark, handle }: Listed): Promise<void> {
  const { harness, engine } = stage
  const theirs = { ...mark, broker: freshName('k') }
  const stranger = (): Engine => strangerTo(stage, { name, mark: theirs })
  const standing = await harness.resources()
  const what = "adopt of another broker's resource"
  if (engine.driver().adopt)
    await demandFailure(stage, `${what} by its name`, ['conflict', 'invalid'], () => stranger().take())
  const asTheirs = asOurs(handle, mark.broker, theirs.broker)
  if (asTheirs) await demandFailure(stage, what, ['conflict'], () => stranger().take(asTheirs))
  demandSame(stage, 'what stands before and after a refused adopt', standing, await harness.resources())
}

/** So many answers are lost, each second one, and then none: where a step sets something anew it would never end. */
const LOST = 5

/** What shall be taken: by the handle of a list, or without one by its name. */
type Standing = Pick<Listed, 'mark' | 'name'> & Partial<Pick<Listed, 'handle'>>

/** The second time from the beginning, by an engine that does not hear every answer; it has what was taken. */
export async function takeTwice(stage: Stage, standing: Standing): Promise<Engine | undefined> {
  const { harness, breaker, watch } = stage
  const { handle } = standing
  const first = strangerTo(stage, standing)
  const isTaken = await demandSuccess({ ...stage, engine: first }, 'the adoption', async () => {
    const seen = handle && (await first.step('observe', (driver, call) => driver.observe(handle, call)))
    if (seen?.state === 'broken' || seen?.state === 'gone')
      watch.problem(`observe of what list tells says "${seen.state}"`)
    await first.take(handle)
    return true
  })
  const [made] = await demandResources(stage, 1, 'after adopt')
  if (!isTaken) return undefined
  const again = openEngine(harness, breaker, watch, first.book.order)
  loseAnswers(stage)
  await demandSuccess({ ...stage, engine: again }, 'a second adoption', () => again.take(handle))
  breaker.disarm()
  const [same] = await demandResources(stage, 1, 'after a second adopt')
  demandSame(stage, 'what stands, adopted once and twice,', made, same)
  if (!harness.providerMakesOwnersSecret)
    demandSame(stage, 'the handle', first.book.handle, again.book.handle)
  return again
}

function loseAnswers({ breaker }: Stage): void {
  let returns = 0
  breaker.arm((_, { what }) => {
    const isLost = what === 'the return of adopt' && returns++ % 2 === 0 && returns < 2 * LOST
    return isLost ? 'death after' : undefined
  })
}

/** Its owner gets in and finds what was written, and who is bound gets in too. */
export async function demandWhole(stage: Stage, written: readonly string[]): Promise<void> {
  const { engine, harness, watch } = stage
  await engine.prepare()
  if (engine.driver().access && harness.tryAccess && !(await harness.tryAccess(await engine.access())))
    watch.problem("after adopt the owner's access does not work")
  const kept = (await contentsOf(stage)) ?? []
  const lost = written.filter((line) => !kept.includes(line))
  if (lost.length > 0) watch.problem(`after adopt what was written is not there: ${lost.join(', ')}`)
  if (canBind(stage) && !(await harness.tryLogin(await engine.bind(freshLogin()))))
    watch.problem('after adopt a binding does not log in')
}
