import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whom the servers run as when that is not ourselves: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

const NOBODY: ServerUser = { uid: 65534, gid: 65534 }

/**
 * Not root: ourselves (`undefined`). Root: the owner of the first of `folders` that exists, is not root's and whose owner has an
 * account (PostgreSQL refuses to run without one), else nobody. Give the folders in the order of their say: data, then the clone.
 */
export function chooseUser(folders: readonly string[], ourUid = process.getuid?.()): ServerUser | undefined {
  if (ourUid !== 0) return undefined
  const known = accounts()
  for (const folder of folders) {
    const uid = statSync(folder, { throwIfNoEntry: false })?.uid ?? 0
    const account = known.find((each) => each.uid === uid)
    if (uid !== 0 && account !== undefined) return withoutRootsGroup(account)
  }
  return withoutRootsGroup(known.find(({ name }) => name === 'nobody') ?? NOBODY)
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

/** Root's group opens files that are not for this user. */
function withoutRootsGroup({ uid, gid }: ServerUser): ServerUser {
  return { uid, gid: gid === 0 ? uid : gid }
}

function accounts(): Array<ServerUser & { readonly name: string }> {
  const lines = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : []
  return lines.map((line) => {
    const [name = '', , uid, gid] = line.split(':')
    return { name, uid: Number(uid), gid: Number(gid) }
  })
}
