import { demandState, type Play } from './scenes.ts'
import { demandNothing, demandResources, demandSuccess, openStage } from './stage.ts'

/** From the harness's own order to what `stage('update')` returned. */
export const update: Play = async (harness, details) => {
  const stage = await openStage(harness)
  const { engine, watch } = stage
  await demandSuccess(stage, 'the scene', async () => {
    await engine.create()
    const [made] = await demandResources(stage, 1, 'after create')
    await engine.update({ ...engine.book.order, ...details })
    // Who says `ready` too early hides from people that it is still being changed, and that it may fail.
    await demandState(stage, 'observe', 'ready')
    const [updated] = await demandResources(stage, 1, 'after update')
    if (made === updated) watch.problem('update changed nothing that the owner can see')
    await engine.update({ ...engine.book.order, ...details })
    const [again] = await demandResources(stage, 1, 'after the same update')
    if (updated !== again) watch.problem('the same update again changed the resource')
    await engine.remove()
    await demandNothing(stage, 'after destroy')
  })
  return watch.problems()
}
