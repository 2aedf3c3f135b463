import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import Mocha, { type MochaOptions, type Runner, type Test } from 'mocha'

/**
 * Mocha's spec report with the counts in one plain form: a closing line, or, with the option `result`, a JSON file
 * with what failed, for whoever adds further checks and closes the run (`npm test`).
 */
export default class PlainCount extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const result: unknown = options.reporterOptions?.result
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      const counts = { passed: passes, failed: failures, skipped: pending }
      const failed = this.failures.map(described)
      if (typeof result === 'string') writeFileSync(result, JSON.stringify({ ...counts, failures: failed }))
      else console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    })
  }
}

/** A hook is known by the file of its suite. */
function described(test: Test) {
  const file = test.file ?? test.parent?.file
  return {
    title: test.fullTitle(),
    file: file === undefined ? undefined : relative(process.cwd(), file),
    message: test.err?.message ?? ''
  }
}
