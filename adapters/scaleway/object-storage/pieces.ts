import type { Sighting } from '../../../src/contract/adapter.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { IamPolicy, Tagged } from '../iam-types.ts'
import { secondsLeft } from '../place.ts'
import { isMarked, tagsOf } from '../tags.ts'
import { foreignPiece, nameOf } from './applications.ts'
import { absentAsUndefined, goneIsFine } from './gone.ts'
import { ACCESSES, type Access, type Place, toHandle } from './handle.ts'
import type { Store } from './store.ts'

/**
 * What an application may do with object storage, over all of the project: buckets narrow it down by their policies. Nothing here is
 * about buckets themselves, so no application sees which others there are.
 */
const PERMISSION_SETS: Readonly<Record<Access, readonly string[]>> = {
  'read-write': ['ObjectStorageObjectsRead', 'ObjectStorageObjectsWrite', 'ObjectStorageObjectsDelete'],
  'read-only': ['ObjectStorageObjectsRead']
}

/** An application that was just made may be unknown to the next request for a while. */
export const STRANGER_SECONDS = 2

/** One of the four things of IAM that an instance needs: two applications, and the rights of each. */
interface Piece {
  readonly name: string
  readonly known: string | undefined
  /** What carries its name, whosever it is. */
  readonly named: () => AsyncIterable<Tagged>
  /** One that was an application's which is gone is of no use. */
  readonly isUsable: (found: Tagged) => boolean
  readonly make: () => Promise<Tagged>
  readonly remove: (id: string) => Promise<void>
  /** The place that knows it. */
  readonly keep: (id: string) => Place
}

/** The place with all four, each found or made; or what has to be waited for first. */
export async function withPieces(store: Store, place: Place, call: Call): Promise<Place | Sighting> {
  let now = place
  for (const access of ACCESSES) {
    for (const pieceOf of [applicationPiece, rightsPiece]) {
      const piece = pieceOf(store, now, access, call)
      if (piece.known !== undefined) continue
      const got = await obtain(store, now, piece, call)
      if ('state' in got) return got
      now = got
    }
  }
  return now
}

function applicationPiece({ iam }: Store, place: Place, access: Access, call: Call): Piece {
  const name = nameOf(place.name, access)
  return {
    name,
    known: place.applications[access],
    named: () => iam.applications(call, { name }),
    isUsable: () => true,
    make: () => iam.createApplication(call, name, tagsOf(place.mark)),
    remove: (id) => iam.deleteApplication(call, id),
    keep: (id) => ({ ...place, applications: { ...place.applications, [access]: id } })
  }
}

function rightsPiece({ iam, projectId }: Store, place: Place, access: Access, call: Call): Piece {
  const name = nameOf(place.name, access)
  const applicationId = place.applications[access] ?? ''
  const permissionSets = PERMISSION_SETS[access]
  const wanted = { name, tags: tagsOf(place.mark), applicationId, projectId, permissionSets }
  return {
    name,
    known: place.rights[access],
    named: () => iam.policies(call, { name }),
    isUsable: (found: IamPolicy) => found.applicationId === applicationId,
    make: () => iam.createPolicy(call, wanted),
    remove: (id) => iam.deletePolicy(call, id),
    keep: (id) => ({ ...place, rights: { ...place.rights, [access]: id } })
  }
}

/**
 * There is no idempotency key, and a list may lag: after an attempt whose end is unknown nothing is asked for until everything it
 * could have made would be shown.
 */
async function obtain(store: Store, place: Place, piece: Piece, call: Call): Promise<Place | Sighting> {
  const lag = store.listLagSeconds
  const all = await ours(place, piece)
  const oldest = all.find(piece.isUsable)
  for (const { id } of all) if (id !== oldest?.id) await goneIsFine(piece.remove(id))
  if (oldest !== undefined) return piece.keep(oldest.id)
  const wait = place.quietSince === undefined ? 0 : secondsLeft(place.quietSince, lag, call.now)
  const what = 'an earlier request may still become visible'
  if (wait > 0) return waiting(place, wait, what)
  if (call.attempt > 1) return waiting({ ...place, quietSince: call.now.toISOString() }, lag, what)
  const made = await absentAsUndefined(piece.make())
  return made === undefined
    ? waiting(place, STRANGER_SECONDS, 'IAM of Scaleway does not know the new application yet')
    : piece.keep(made.id)
}

export function waiting(place: Place, lookAgainInSeconds: number, note: string): Sighting {
  return { state: 'pending', handle: toHandle(place), lookAgainInSeconds, note }
}

/** The oldest first. Our name is random, so the same one without our mark is not an accident. */
async function ours({ mark }: Place, { name, named }: Piece): Promise<readonly Tagged[]> {
  const all: Tagged[] = []
  for await (const each of named()) {
    if (each.name !== name) continue
    if (!isMarked(each.tags, mark)) throw foreignPiece(name)
    all.push(each)
  }
  return all.toSorted((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt))
}
