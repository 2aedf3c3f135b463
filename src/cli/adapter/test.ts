import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../config/package-root.ts'
import type { Input } from '../command.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'

/** The kit runs from its sources, in a process of its own that compiles what it reads, an adapter from anywhere too. */
export async function adapterTest({ arguments: { ADAPTER = '' }, options }: Input): Promise<number> {
  const root = packageRoot()
  if (!existsSync(join(root, 'node_modules', 'tsx')))
    throw new CommandFailure(EXIT.failed, `the kit needs the development packages: npm ci in ${root}`)
  const { only, json } = options
  const words = [
    ...(typeof only === 'string' ? ['--only', only] : []),
    ...(json ? ['--json'] : []),
    '--from',
    process.cwd(),
    '--',
    ADAPTER
  ]
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/conformance/play.ts', ...words], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...(options['all-faults'] ? { PORTOLAN_FULL: '1' } : {}) }
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? EXIT.failed
}
