import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a build is made of. Other files than TypeScript count too: they are copied into `dist`. */
const FOLDERS = ['adapters', 'src', 'test']
const FILES = ['package.json', 'tsconfig.json']

/** True when `node_modules` is what this lock file gives on this machine. */
export function isInstalled(root) {
  const folder = join(root, 'node_modules')
  // A link leads to another checkout's packages: they are that checkout's to install.
  return isLink(folder) || readOr(join(folder, '.ready')) === installFingerprint(root)
}

export function markInstalled(root) {
  writeFileSync(join(root, 'node_modules', '.ready'), installFingerprint(root))
}

/** True when `dist` was built from exactly these sources with these packages. */
export function isBuilt(root) {
  return readOr(join(root, 'dist', '.ready')) === sourceFingerprint(root)
}

/** `folder` is the finished build, wherever it stands. */
export function markBuilt(folder, fingerprint) {
  writeFileSync(join(folder, '.ready'), fingerprint)
}

function installFingerprint(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  hash.update([process.platform, process.arch, process.versions.modules].join(' '))
  return hash.digest('hex')
}

export function sourceFingerprint(root) {
  const hash = createHash('sha256').update(installFingerprint(root))
  const files = [...FILES, ...FOLDERS.flatMap((folder) => filesBelow(root, folder))]
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function filesBelow(root, folder) {
  let entries
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
  return entries
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(root, path)
      return entry.isFile() ? [path] : []
    })
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}
