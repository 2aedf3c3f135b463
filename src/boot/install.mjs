import { accessSync, constants, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter, join } from 'node:path'
import { runChild } from './child.mjs'
import { markInstalled } from './fingerprint.mjs'
import { tell } from './tell.mjs'

/** What compiling sqlite3 needs where its prebuilt binary cannot be had. */
const COMPILERS = ['python3', 'make', 'g++']

/** `npm ci`, unless someone ran it by hand. Resolves to `undefined`, or to the exit code after one sentence that says what is wrong. */
export async function install(root) {
  if (isInstalledByHand(root) && problemWithSqlite(root) === undefined) {
    markInstalled(root)
    return undefined
  }
  tell('installing the packages of package-lock.json, which takes a minute or two …')
  // NODE_ENV=production would leave the compiler out; an inherited --silent would hide errors.
  const [command, ...before] = npm()
  const args = [...before, 'ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund']
  const { code, text } = await runChild(command, args, { cwd: root, output: 'kept' })
  if (code !== 0) return failed(code, text)
  const problem = problemWithSqlite(root)
  if (problem) {
    tell(problem)
    return 1
  }
  markInstalled(root)
  tell('packages installed.')
  return undefined
}

/**
 * npm's own note of a finished install says what stands in `node_modules`; it must be what the lock file asks for.
 * Packages for other platforms are in the lock file only. An interrupted install has no such note.
 */
function isInstalledByHand(root) {
  const there = packagesIn(join(root, 'node_modules', '.package-lock.json'))
  const wanted = packagesIn(join(root, 'package-lock.json'))
  if (!there || !wanted) return false
  const isThere = ([name, { version, integrity, optional }]) => {
    const found = there[name]
    return found ? found.version === version && found.integrity === integrity : optional === true
  }
  const named = Object.entries(wanted).filter(([name]) => name !== '')
  return named.every(isThere) && Object.keys(there).every((name) => name in wanted)
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** The npm that called us, else the one on PATH. */
function npm() {
  const path = process.env.npm_execpath
  return path && basename(path) === 'npm-cli.js' ? [process.execPath, path] : ['npm']
}

function failed(code, text) {
  const missing = COMPILERS.filter((name) => !isOnPath(name))
  if (missing.length > 0 && /gyp ERR|node-gyp|sqlite3/.test(text)) {
    tell(
      `sqlite3 has no ready-made binary for this machine and cannot be compiled because ${missing.join(', ')} ` +
        `is missing; on Debian: apt-get install ${COMPILERS.join(' ')}`
    )
    return code
  }
  process.stderr.write(text)
  tell(`npm ci failed (exit code ${code}).`)
  if (/gyp ERR|node-gyp/.test(text))
    tell(
      'sqlite3 found no ready-made binary, which npm gets from github.com, and was not compiled, which needs the headers of ' +
        'Node from nodejs.org: let this machine reach one of them (HTTPS_PROXY), or say npm_config_nodedir=/usr where they are in /usr/include/node'
    )
  return code
}

/** npm ends well although install scripts were switched off by a setting: then there is no binary to load. */
function problemWithSqlite(root) {
  try {
    createRequire(join(root, 'package.json'))('sqlite3')
    return undefined
  } catch (error) {
    const [reason] = String(error.message).split('\n')
    return `sqlite3 was installed but does not load, perhaps because npm's ignore-scripts is set: ${reason}`
  }
}

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
