import type { Handle, Listed } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { find, strangerTo } from './adopt.ts'
import type { Play } from './scenes.ts'
import { demandNothing, demandResources, demandSame, demandSuccess, openStage, type Stage } from './stage.ts'

/** Between what stands and three plans: its own, the one that `stage` names for it, and that of an update. */
export const differences: Play = async (harness, { plan: another }) => {
  const next = await harness.stage?.('update')
  const stage = await openStage(harness)
  await demandSuccess(stage, 'the scene', async () => {
    const { engine } = stage
    await engine.make()
    const found = engine.driver().list && (await find(stage, engine.book.order))
    await demandTold(stage, found, another)
    if (found && next?.plan && engine.driver().adopt) await demandMade(stage, found, next.plan)
    await engine.remove()
    await demandNothing(stage, 'after destroy')
  })
  return stage.watch.problems()
}

/** From the handle that was committed, and from that of the list, which is all that an adoption has. */
async function demandTold(
  stage: Stage,
  found: Listed | undefined,
  another: JsonObject | undefined
): Promise<void> {
  const { engine, harness, watch } = stage
  const { handle: committed, order } = engine.book
  const standing = await harness.resources()
  for (const handle of [committed, found?.handle]) {
    if (!handle || !engine.driver().differences) continue
    const from = handle === committed ? '' : ' from the handle of list'
    const own = await told(stage, handle, order.plan)
    if (own.length > 0) watch.problem(`differences${from} from its own plan: ${own.join('; ')}`)
    if (another && (await told(stage, handle, another)).length === 0)
      watch.problem(`differences${from} names nothing for the plan ${JSON.stringify(another)}`)
  }
  demandSame(stage, 'what stands before and after differences', standing, await harness.resources())
}

/** What is not named is made: after an adopt under the plan of an update that update has nothing left to do. */
async function demandMade(stage: Stage, found: Listed, plan: JsonObject): Promise<void> {
  const { engine, watch } = stage
  if ((await told(stage, found.handle, plan)).length > 0) return
  const taken = strangerTo(stage, found, { ...engine.book.order, plan })
  await taken.take(found.handle)
  if (taken.book.handle) engine.book.handle = taken.book.handle
  const [adopted] = await demandResources(stage, 1, 'after adopt under another plan')
  await taken.update(taken.book.order)
  const [updated] = await demandResources(stage, 1, 'after an update to the same')
  if (adopted === updated) return
  const says = JSON.stringify(plan)
  watch.problem(`adopt does not make what the plan ${says} says, and differences does not name it`)
}

async function told({ engine, watch }: Stage, handle: Handle, plan: JsonObject): Promise<readonly string[]> {
  const all = await engine.step(
    'differences',
    async (driver, call) => (await driver.differences?.(handle, plan, call)) ?? []
  )
  watch.hear('differences', all)
  return all
}
