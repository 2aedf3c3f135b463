import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runTests } from './checks.mjs'
import { runChild } from './child.mjs'
import { makeReady } from './ready.mjs'
import { runTool } from './tools.mjs'

/** Words of the house. Every other word belongs to the command line, `src/cli/main.ts`. */
const OWN = {
  build: async (root) => (await makeReady(root, { build: true })) ?? 0,
  types: (root, args) => runTools(root, ['tsc', '--noEmit', ...args]),
  lint: (root, args) => runTools(root, ['oxlint', ...args], ['biome', 'check']),
  fix,
  unused: (root, args) => runTools(root, ['knip', '--no-config-hints', ...args]),
  test: runTests,
  conformance: runConformance,
  'journey:crash': (root, args) => runProgram(root, 'test/journeys/crash.js', args),
  'journey:switch-crash': (root, args) => runProgram(root, 'test/journeys/switch-crash.js', args),
  'journey:mutations': (root, args) => runProgram(root, 'test/journeys/mutations.js', args),
  'journey:sabotage': (root, args) => runProgram(root, 'test/journeys/sabotage.js', args),
  'journey:switch': (root, args) => runProgram(root, 'test/journeys/switch.js', args),
  bench: (root, args) => runProgram(root, 'test/bench/bench.js', args),
  'bench:switch': (root, args) => runProgram(root, 'test/bench/switch.js', args),
  'bench:hanging': (root, args) => runProgram(root, 'test/bench/hanging.js', args)
}

/** Sets the exit code; leaves the process to whatever the word started. */
export async function run(root, argv) {
  const [word = '', ...args] = argv
  const own = Object.hasOwn(OWN, word) ? OWN[word] : undefined
  const code = own ? await own(root, args) : await runProgram(root, 'src/cli/main.js', argv)
  if (typeof code === 'number') process.exitCode = code
}

/** A program exports `main(argv)`; what it returns, or resolves to, is the exit code (nothing: 0). */
async function runProgram(root, file, argv) {
  const failed = await makeReady(root, { build: true })
  if (failed) return failed
  const { main } = await import(pathToFileURL(join(root, 'dist', file)).href)
  return main(argv)
}

/** From the sources, like the tests: every scene of every driver, as a table. */
async function runConformance(root, args) {
  const failed = await makeReady(root, { build: false })
  if (failed) return failed
  const words = ['--import', 'tsx', 'test/conformance/play.ts', ...args]
  return (await runChild(process.execPath, words, { cwd: root, output: 'inherit' })).code
}

async function fix(root, args) {
  const code = await runTools(root, ['oxlint', '--fix', ...args], ['biome', 'check', '--write'])
  const words = ['--import', 'tsx', 'test/house/offers-table.ts', '--write']
  const written = await runChild(process.execPath, words, { cwd: root, output: 'inherit' })
  return Math.max(code, written.code)
}

async function runTools(root, ...lines) {
  const failed = await makeReady(root, { build: false })
  if (failed) return failed
  let worst = 0
  for (const [tool, ...args] of lines) worst = Math.max(worst, await runTool(root, tool, args))
  return worst
}
