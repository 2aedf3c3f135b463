import type { Handle } from '../../src/contract/adapter.ts'
import { freshName } from './fresh.ts'
import { openEngine } from './run.ts'
import { destroyOnce, on, unlessConflict } from './scenes.ts'
import { demandFailure, demandNothing, demandSame } from './stage.ts'

/** As after a broker was copied: all is the same but its name. */
export const anotherBroker = on(async (stage) => {
  const { engine, harness, breaker, watch } = stage
  const { order } = engine.book
  const broker = freshName('k')
  const theirs = openEngine(harness, breaker, watch, { ...order, mark: { ...order.mark, broker } })
  await theirs.create()
  const standing = await harness.resources()
  await demandFailure(stage, "create under the name of another broker's resource", ['conflict'], () =>
    engine.create()
  )
  demandSame(stage, 'what stands before and after the refused create', standing, await harness.resources())
  await engine.remove().catch(unlessConflict)
  demandSame(stage, 'what stands before and after the clean-up', standing, await harness.resources())
  const handle = asOurs(theirs.book.handle, broker, order.mark.broker)
  if (handle !== undefined) {
    engine.book.handle = handle
    await demandFailure(stage, "destroy of another broker's resource", ['conflict'], () => destroyOnce(stage))
    demandSame(stage, 'what stands before and after the refused destroy', standing, await harness.resources())
  }
  await theirs.remove()
  await demandNothing(stage, 'after the other broker removed its own')
})

/** The handle we would have, had we made what another broker made; undefined where it does not hold the broker's name as it is. */
export function asOurs(handle: Handle | undefined, theirs: string, ours: string): Handle | undefined {
  const text = JSON.stringify(handle ?? null)
  return text.includes(theirs) ? (JSON.parse(text.replaceAll(theirs, ours)) as Handle) : undefined
}
