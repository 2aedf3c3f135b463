#!/usr/bin/env node
/**
 * The first code that runs: `npm start`, `npm test`, every other npm script and the command line `portolan`.
 * It installs and builds when a fingerprint says so, then imports what was built into this same process,
 * so that signals and exit codes are the program's own. Plain JavaScript without dependencies, because
 * it runs before there are any.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`portolan: Node ${process.versions.node} is too old, 20.19 or newer is needed.\n`)
  process.exitCode = 1
} else {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
  const { run } = await import('./words.mjs')
  await run(root, process.argv.slice(2))
}
