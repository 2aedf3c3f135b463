import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../config/package-root.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'

/**
 * A program of the kit, from its sources, in a process of its own that compiles what it reads, an adapter from anywhere too. Its
 * standard input ends when we do, however that is.
 */
export function fromSources(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): ChildProcess {
  const root = packageRoot()
  if (!existsSync(join(root, 'node_modules', 'tsx')))
    throw new CommandFailure(EXIT.failed, `the kit needs the development packages: npm ci in ${root}`)
  return spawn(process.execPath, ['--import', 'tsx', join('test/conformance', program), ...words], {
    cwd: root,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, ...environment }
  })
}
