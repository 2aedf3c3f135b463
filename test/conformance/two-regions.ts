import { freshOrder } from './fresh.ts'
import { openEngine } from './run.ts'
import { listed, on } from './scenes.ts'
import { demandNothing, demandResources, demandSuccess } from './stage.ts'

/** The harness's own region, and the one that `stage` named. */
export const twoRegions = on(async (stage) => {
  const { engine: there, harness, breaker, watch } = stage
  const { region, mark } = there.book.order
  if (region === harness.order.region) {
    watch.problem(`the harness's stage names no other region than "${region}" for "two regions"`)
    return
  }
  const here = openEngine(harness, breaker, watch, freshOrder(harness.order, mark.broker))
  for (const engine of [here, there]) await engine.create()
  await demandResources(stage, 2, 'after a create in each of two regions')
  await there.pass(there.driver().listLagSeconds ?? 0)
  const found = there.driver().list ? await listed(stage, mark.broker) : undefined
  for (const { book } of [here, there]) {
    const { name, region: ordered } = book.order
    const stands = await harness.regionOf?.(name)
    if (stands !== ordered) watch.problem(`what was ordered in "${ordered}" stands in "${stands}"`)
    const told = found?.find((each) => each.name === name)
    if (found && told?.region !== ordered)
      watch.problem(`list tells what stands in "${ordered}" in "${told?.region}"`)
  }
  for (const engine of [here, there]) {
    await demandSuccess(stage, `destroy in "${engine.book.order.region}"`, () => engine.remove())
  }
  await demandNothing(stage, 'after destroy in both')
})
