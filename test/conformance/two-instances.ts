import { freshLogin, freshOrder } from './fresh.ts'
import { type Engine, openEngine } from './run.ts'
import { on } from './scenes.ts'
import { demandLogin, demandNothing, type Stage } from './stage.ts'

/** A binding each: what logs in to one must be a stranger to the other. */
export const twoInstances = on(async (stage) => {
  const { engine: one, harness, breaker, watch } = stage
  const order = freshOrder(harness.order, one.book.order.mark.broker)
  const other = openEngine(harness, breaker, watch, order)
  const [first, second] = [freshLogin(), freshLogin()]
  const bound = [
    { engine: one, login: first },
    { engine: other, login: second }
  ]
  for (const { engine, login } of bound) {
    await engine.create()
    await demandLogin(stage, login, await engine.bind(login), 'after bind')
  }
  // With both bindings there: who binds last may open what the first has.
  await demandStranger(stage, one.bound(first), other, 'the login of the first instance')
  await demandStranger(stage, other.bound(second), one, 'the login of the second instance')
  for (const { engine, login } of bound) {
    await engine.unbind(login)
    await engine.remove()
  }
  await demandNothing(stage, 'after destroy of both')
})

async function demandStranger(
  { harness, watch }: Stage,
  login: ReturnType<Engine['bound']>,
  elsewhere: Engine,
  whose: string
): Promise<void> {
  const there = await elsewhere.credentials(login)
  if (await harness.tryLogin(there)) watch.problem(`${whose} opens the other one`)
  if (await harness.tryWrite?.(there)) watch.problem(`${whose} writes into the other one`)
}
