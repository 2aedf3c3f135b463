import { freshLogin } from './fresh.ts'
import { on } from './scenes.ts'
import { demandNothing } from './stage.ts'

/** Of the binding that goes; the other's stay. */
export const sessionsEnd = on(async (stage) => {
  const { engine, harness, watch } = stage
  await engine.create()
  const [one, other] = [freshLogin(), freshLogin()]
  const [first, second] = [await engine.bind(one), await engine.bind(other)]
  const sessions = [await harness.openSession?.(first), await harness.openSession?.(second)]
  try {
    if (!(await sessions[0]?.isOpen())) watch.problem('a session of a binding ends by itself')
    await engine.unbind(one)
    if (await sessions[0]?.isOpen()) watch.problem('after unbind a session that was open before goes on')
    if (!(await sessions[1]?.isOpen())) watch.problem("the other binding's session was ended too")
  } finally {
    for (const session of sessions) await session?.close()
  }
  await engine.unbind(other)
  await engine.remove()
  await demandNothing(stage, 'after destroy')
})
