import { isDeepStrictEqual } from 'node:util'
import { demandWhole, find, takeTwice } from './adopt.ts'
import { contentsOf } from './contents.ts'
import { on } from './scenes.ts'
import { demandNothing, demandSame, demandSuccess, type Stage } from './stage.ts'

/** What somebody made by hand becomes an instance, with what is in it. */
export const adoptUnmarked = on(async (stage) => {
  const { engine, harness } = stage
  await harness.plantUnmarked?.(engine.book.order.name)
  await demandLook(stage)
  const taken = await takeTwice(stage, engine.book.order)
  if (!taken) return
  const at = { ...stage, engine: taken }
  await demandSuccess(at, 'the life of what was adopted', async () => {
    await demandListed(at)
    await demandWhole(at, [])
    if ((await contentsOf(at))?.length === 0) stage.watch.problem('after adopt nothing is in it any more')
    await taken.remove()
  })
  await demandNothing(stage, 'after destroy of what was adopted')
})

/** Where it is, is committed before anything is done to it. */
async function demandLook(stage: Stage): Promise<void> {
  const { engine, harness, watch } = stage
  const planted = await harness.resources()
  const seen = await engine.step('adopt', async (driver, call) =>
    driver.adopt?.(engine.book.order, undefined, call)
  )
  if (seen?.state !== 'pending')
    watch.problem(`adopt without a handle returns "${seen?.state}", not "pending"`)
  demandSame(stage, 'what stands before and after adopt without a handle', planted, await harness.resources())
}

async function demandListed(stage: Stage): Promise<void> {
  const { engine, watch } = stage
  if (!engine.driver().list) return
  const { order } = engine.book
  const found = await find(stage, order)
  if (!isDeepStrictEqual(found?.mark, order.mark))
    watch.problem('list does not tell what was adopted by the mark that it got')
}
