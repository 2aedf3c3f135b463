import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  statSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Binaries, findBinaries, isWhole, type Resolve } from './binaries.ts'
import { copyBinaries } from './copy-binaries.ts'
import { LocalServerError } from './local-server-error.ts'
import { LOCAL_NAMES, type LocalRecord } from './record.ts'
import { canReach, chooseUser, type ServerUser } from './user.ts'

/** Where the servers' data lies, and whom they run as. */
export interface Place {
  readonly folder: string
  readonly user: ServerUser | undefined
  /** Not below the data folder: the record must name it. */
  readonly isElsewhere: boolean
}

export const FALLBACK_FOLDER = '/var/lib/portolan'

const PROGRAM_FOLDER = dirname(fileURLToPath(import.meta.url))

/** The broker's own folder; only its owner may look inside. Made by root in somebody's clone it is theirs. */
export function makeDataFolder(dataDir: string): string {
  if (statSync(dataDir, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const { uid, gid } = statSync(PROGRAM_FOLDER)
    if (process.getuid?.() === 0) chownSync(dataDir, uid, gid)
  }
  return realpathSync(dataDir)
}

/** The recorded place, else one in the data folder, else, when the servers' user cannot get there, one below `fallback`. */
export function choosePlace(dataDir: string, record: LocalRecord, fallback: string): Place {
  const inside = join(dataDir, 'local')
  const folder = record.folder ?? inside
  const user = chooseUser([...LOCAL_NAMES.map((name) => join(folder, name)), dataDir, PROGRAM_FOLDER])
  if (record.folder !== undefined) return { folder, user, isElsewhere: true }
  const isBegun = LOCAL_NAMES.some((name) => existsSync(join(inside, name)))
  if (isBegun || canReach(dataDir, user)) return { folder: inside, user, isElsewhere: false }
  return { folder: join(fallback, randomBytes(8).toString('hex')), user, isElsewhere: true }
}

/** The servers' user may pass through the folder, and change only what is made for that user inside. */
export function makePlace(place: Place): void {
  if (place.isElsewhere) makeFolder(dirname(place.folder), 0o711)
  makeFolder(place.folder, 0o700)
  if (place.user !== undefined) openFor(place.user, place)
  if (canReach(place.folder, place.user)) return
  throw new LocalServerError(
    'permission',
    `The user ${place.user?.uid} of the local servers cannot reach ${place.folder}: let others pass through the folders above it (chmod o+x).`
  )
}

function makeFolder(path: string, mode: number): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) {
    mkdirSync(path, { recursive: true, mode })
    // Whatever the umask took away.
    chmodSync(path, mode)
  } else if (!stat.isDirectory()) {
    throw new LocalServerError(
      'permission',
      `${path} must be a folder: root would follow a link into what is not its own.`
    )
  }
}

/** In the data folder it goes to that folder's owner, who may start the program next without being root. */
function openFor(user: ServerUser, { folder, isElsewhere }: Place): void {
  if (lstatSync(folder).uid !== 0) return
  const owner = isElsewhere ? 0 : statSync(dirname(folder)).uid
  chmodSync(folder, 0o710)
  lchownSync(folder, owner, user.gid)
}

/** The package's own programs where the servers' user can reach them and nothing is missing; else our copy. */
export function placeBinaries(place: Place, resolve?: Resolve): Binaries {
  const packaged = findBinaries(resolve)
  const root = realpathSync(packaged.root)
  const isUsable = isWhole(packaged) && canReach(join(root, 'bin', 'postgres'), place.user)
  return isUsable ? packaged : copyBinaries(packaged, place.folder)
}
