import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { LocalServerError } from './local-server-error.ts'
import type { ServerUser } from './user.ts'

/** The text of a file that holds secrets; `undefined` when there is none. Throws `permission` when others can read it. */
export function readPrivate(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  if ((stat.mode & 0o077) !== 0) {
    throw new LocalServerError(
      'permission',
      `${path} holds passwords and other users can read it: chmod 600 ${path}`
    )
  }
  return readFileSync(path, 'utf8')
}

/** Whole or not at all, also after a power cut; only its owner can read it. */
export function writePrivate(path: string, text: string): void {
  writeWhole(path, text, 0o600)
}

/**
 * Whole or not at all, with exactly these rights. Written by root it gets the folder's owner and group: that owner may start the
 * program next.
 */
export function writeWhole(path: string, text: string, mode: number): void {
  const half = `${path}.${randomBytes(4).toString('hex')}.new`
  try {
    const file = openSync(half, 'wx', 0o600)
    giveToOwnerOf(dirname(path), file)
    fchmodSync(file, mode)
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    renameSync(half, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(half, { force: true })
    throw error
  }
}

/** A new file that only that user can read. The folder is theirs: what is there already, a link among it, is not written to. */
export function writeForUser(user: ServerUser | undefined, path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  writeSync(file, text)
  if (user !== undefined) fchownSync(file, user.uid, user.gid)
  closeSync(file)
}

/** Only root can and must give away what it made in another's folder. */
export function giveToOwnerOf(folder: string, file: number): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(folder)
  fchownSync(file, uid, gid)
}

function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  fsyncSync(file)
  closeSync(file)
}
