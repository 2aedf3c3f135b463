import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const VERSION = '6.10.1'

/** SAP's broker framework, installed outside the project and without running any script of it. */
export function installSbf(): string {
  const folder = join(tmpdir(), `portolan-bench-sbf-${VERSION}`)
  if (existsSync(join(folder, 'node_modules', '@sap', 'sbf', 'package.json'))) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `@sap/sbf@${VERSION}`],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit']
    }
  )
  return folder
}
