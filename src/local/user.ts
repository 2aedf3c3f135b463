import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whom the servers run as when that is not ourselves: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

const NOBODY: ServerUser = { uid: 65534, gid: 65534 }

/**
 * Not root: ourselves (`undefined`). Root: the owner of the first of `folders` that exists and is not root's, else nobody.
 * Give the folders in the order of their say: data, then the clone.
 */
export function chooseUser(folders: readonly string[], ourUid = process.getuid?.()): ServerUser | undefined {
  if (ourUid !== 0) return undefined
  const owner = folders
    .map((folder) => statSync(folder, { throwIfNoEntry: false })?.uid)
    .find((uid) => uid !== undefined && uid !== 0)
  return owner === undefined ? nobody() : { uid: owner, gid: primaryGroup(owner) }
}

/**
 * Whether `user`, with that group only, may pass through every folder above `path`, and through `path` if it exists.
 * Decided on mode bits: finer rights (access control lists) are found out by the server itself.
 */
export function canReach(path: string, user: ServerUser | undefined): boolean {
  if (user === undefined) return true
  const above = dirname(path)
  return mayEnter(path, user) && (above === path || canReach(above, user))
}

function mayEnter(path: string, user: ServerUser): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return true
  if (stat.uid === user.uid) return (stat.mode & 0o100) !== 0
  if (stat.gid === user.gid) return (stat.mode & 0o010) !== 0
  return (stat.mode & 0o001) !== 0
}

function nobody(): ServerUser {
  const entry = accounts().find(([name]) => name === 'nobody')
  return entry === undefined ? NOBODY : { uid: Number(entry[2]), gid: Number(entry[3]) }
}

/** Never root's group: a folder of alice's may belong to it. */
function primaryGroup(uid: number): number {
  const gid = Number(accounts().find((entry) => Number(entry[2]) === uid)?.[3] ?? uid)
  return gid === 0 ? uid : gid
}

function accounts(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
  } catch {
    return []
  }
}
