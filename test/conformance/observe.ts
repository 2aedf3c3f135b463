import type { Handle, Sighting } from '../../src/contract/adapter.ts'
import { freshLogin } from './fresh.ts'
import { canBind, on } from './scenes.ts'
import { demandNothing, type Stage } from './stage.ts'

/** Whoever looks in between must not take what is under way for lost: a provider that was just asked is not ready, and not broken. */
export const observeEveryStep = on(async (stage) => {
  const { engine, harness } = stage
  engine.afterEach((what) => lookAround(stage, what))
  await engine.create()
  const next = engine.driver().update && (await harness.stage?.('update'))
  if (next) await engine.update({ ...engine.book.order, ...next })
  if (canBind(stage)) {
    const login = freshLogin()
    await engine.bind(login)
    await engine.unbind(login)
  }
  await engine.remove()
  await demandNothing(stage, 'after destroy')
})

/** From the last handle, and from the first: the answer of the step between may have been lost. */
async function lookAround(stage: Stage, what: string): Promise<void> {
  const { book } = stage.engine
  const [first] = book.handles
  for (const handle of new Set([book.handle, first])) {
    if (handle === undefined) continue
    const state = await stateOf(stage, handle)
    const from = handle === book.handle ? '' : ' from the first handle'
    if (state === 'broken') stage.watch.problem(`observe${from} says "broken" after a step of ${what}`)
    if (state === 'gone' && handle === book.handle && stands(what))
      stage.watch.problem(`observe says "gone" after a step of ${what}`)
  }
}

/** Not yet, or no longer, in a step of these. */
function stands(what: string): boolean {
  return what !== 'create' && what !== 'destroy'
}

async function stateOf({ engine }: Stage, handle: Handle): Promise<Sighting['state'] | undefined> {
  const look = engine.step('observe', (driver, call) => driver.observe(handle, call))
  // A failure says nothing of the resource.
  return look.then(
    ({ state }) => state,
    () => undefined
  )
}
