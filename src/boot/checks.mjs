import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isBuilt } from './fingerprint.mjs'
import { makeReady } from './ready.mjs'
import { lookAgain } from './second-look.mjs'
import { runTool, runToolKept } from './tools.mjs'

/** Of about the same length; the rest of `test` is whatever the others leave. */
const PROGRAM = 'test/{boot,cli,conformance}/**/*.test.ts'
const JOURNEYS = 'test/journeys/**/*.test.ts'
const PARTS = [
  [PROGRAM],
  [JOURNEYS],
  ['test/**/*.test.ts', '--ignore', PROGRAM, '--ignore', JOURNEYS],
  ['adapters/**/*.test.ts']
]

/**
 * `npm test`: every check there is, then one closing line. Arguments go to mocha; files among them narrow what it reads.
 * Mocha reads the sources through tsx, not `dist`: fixtures lie beside the tests, and one test runs the same way by
 * `npx mocha test/house/layers.test.ts`. What the journeys start is the built program, as a user starts it.
 */
export async function runTests(root, args) {
  const failed = await makeReady(root, { build: true })
  if (failed && !isUsable(root)) {
    return close({ passed: 0, failed: 1, skipped: 0 })
  }
  const total = { passed: 0, failed: 0, skipped: 0 }
  // The build is the type check; what is built has passed it.
  count(total, 'types', failed ?? 0)
  count(total, 'oxlint', await runTool(root, 'oxlint', ['--quiet']))
  count(total, 'biome', await runTool(root, 'biome', ['check', '--log-level=warn']))
  count(total, 'knip', await runTool(root, 'knip', ['--no-config-hints']))
  await runMocha(root, args, total)
  return close(total)
}

/** The packages are there, so that the other checks can say more than the failed build did. */
function isUsable(root) {
  return isBuilt(root) || readJson(join(root, 'node_modules', 'mocha', 'package.json')) !== undefined
}

function count(total, name, code) {
  if (code === 0) total.passed++
  else total.failed++
  process.stdout.write(`  ${code === 0 ? '✔' : '✖'} ${name}\n`)
}

/**
 * All parts side by side, each with servers of its own: they wait more than they work. So that a busy machine fails no test, limits
 * are longer there (`test/support/patience.ts`). The first reports as it goes, then the others one after the other.
 */
async function runMocha(root, args, total) {
  const named = args.some((arg) => arg.endsWith('.test.ts'))
  const folder = mkdtempSync(join(tmpdir(), 'portolan-test-'))
  const run = (specs, output) => mocha(root, folder, [...args, ...specs], output)
  if (!named) process.env['PORTOLAN_TEST_PATIENCE'] ??= '6'
  const ended = await sideBySide(named ? [[]] : PARTS, run)
  for (const { code, counts } of ended) add(total, counts, code)
  if (ended.every(({ counts }) => counts.passed + counts.failed + counts.skipped === 0)) {
    process.stdout.write('no test was run\n')
    total.failed++
  }
  const passed = await lookAgain(
    ended.map(({ counts }) => counts.failures ?? []).flat(),
    named ? undefined : run
  )
  total.failed -= passed
  total.passed += passed
  rmSync(folder, { recursive: true, force: true })
}

async function sideBySide(parts, run) {
  const running = parts.map((specs, at) => run(specs, at === 0 ? 'inherit' : 'kept'))
  const ended = []
  for (const part of running) {
    const { text, ...outcome } = await part
    process.stdout.write(text)
    ended.push(outcome)
  }
  return ended
}

let runs = 0

async function mocha(root, folder, args, output) {
  const result = join(folder, `result-${runs++}.json`)
  const all = ['--forbid-only', '--reporter-option', `result=${result}`, ...args]
  const { code, text } = await runToolKept(root, 'mocha', all, output)
  return { code, text, counts: readJson(result) ?? { passed: 0, failed: 0, skipped: 0 } }
}

/** A run that ended badly without a failed test is one failure more. */
function add(total, counts, code) {
  total.passed += counts.passed
  total.skipped += counts.skipped
  total.failed += counts.failed + (code !== 0 && counts.failed === 0 ? 1 : 0)
}

function close({ passed, failed, skipped }) {
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return failed === 0 ? 0 : 1
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
