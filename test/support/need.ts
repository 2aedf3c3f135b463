import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs whose Debian package has another name. */
const PACKAGES: Readonly<Record<string, string>> = {
  psql: 'postgresql-client',
  pg_dump: 'postgresql-client',
  script: 'bsdutils',
  setpriv: 'util-linux',
  ceph: 'ceph-common',
  'radosgw-admin': 'ceph-common',
  monmaptool: 'ceph-base',
  osdmaptool: 'ceph-base'
}

let listsAreFresh = false

/**
 * The path of a program that a test cannot do without: from PATH, else installed from Debian where that is possible.
 * Throws an error that names the missing package; it is never a reason to skip a test.
 */
export function need(program: string): string {
  const found = pathOf(program)
  if (found !== undefined) return found
  const name = PACKAGES[program] ?? program
  if (process.getuid?.() !== 0 || pathOf('apt-get') === undefined) {
    throw new Error(`${program} is not on PATH; install the package ${name} (Debian's name) and run again`)
  }
  install(name)
  const installed = pathOf(program)
  if (installed === undefined) throw new Error(`the package ${name} was installed but brought no ${program}`)
  return installed
}

function install(name: string): void {
  try {
    if (!listsAreFresh) aptGet('update')
    listsAreFresh = true
    aptGet('install', '-y', '--no-install-recommends', name)
  } catch (error) {
    throw new Error(
      `the package ${name} could not be installed by apt-get; install it by hand and run again`,
      {
        cause: error
      }
    )
  }
}

function aptGet(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
}

function pathOf(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
