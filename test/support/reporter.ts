import { writeFileSync } from 'node:fs'
import Mocha, { type MochaOptions, type Runner } from 'mocha'

/**
 * Mocha's spec report with the counts in one plain form: a closing line, or, with the option `result`, a JSON file
 * for whoever adds further checks and closes the run (`npm test`).
 */
export default class PlainCount extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const result: unknown = options.reporterOptions?.result
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      const counts = { passed: passes, failed: failures, skipped: pending }
      if (typeof result === 'string') writeFileSync(result, JSON.stringify(counts))
      else console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    })
  }
}
