import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from './child.mjs'

/** The package that brings each tool. */
const PACKAGES = {
  tsc: 'typescript',
  oxlint: 'oxlint',
  biome: '@biomejs/biome',
  knip: 'knip',
  mocha: 'mocha'
}

/** Runs a development tool of ours in the root, as `npx` would but without npm's quarter of a second. */
export async function runTool(root, tool, args, output = 'inherit') {
  const { code } = await runToolKept(root, tool, args, output)
  return code
}

/** The same; with the output `kept`, what it wrote is answered as `text`. */
export function runToolKept(root, tool, args, output) {
  return runChild(process.execPath, [pathOf(root, tool), ...args], { cwd: root, output })
}

function pathOf(root, tool) {
  const folder = join(root, 'node_modules', PACKAGES[tool])
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[tool])
}
