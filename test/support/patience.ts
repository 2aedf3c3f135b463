import Mocha from 'mocha'

/**
 * How many times longer a test may take than it says: more than 1 where it shares the machine with others (`npm test`). A limit only
 * ends what hangs, so a longer one costs nothing.
 */
export const PATIENCE = Number(process.env['PORTOLAN_TEST_PATIENCE'] ?? 1)

/** For every test and hook, wherever its limit was set: mocha asks each of them when it begins, and compares when it has ended. */
function lengthenLimits(): void {
  const { prototype } = Mocha.Runnable
  const own: unknown = Reflect.get(prototype, 'timeout')
  if (typeof own !== 'function') throw new Error('mocha keeps its limits somewhere else now')
  Reflect.set(prototype, 'timeout', function timeout(this: Mocha.Runnable, ...said: unknown[]): unknown {
    const answer: unknown = own.apply(this, said)
    return typeof answer === 'number' ? answer * PATIENCE : answer
  })
}

lengthenLimits()
