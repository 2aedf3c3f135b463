import type { Sighting } from '../../../src/contract/adapter.ts'
import type { Call } from '../../../src/contract/ports.ts'
import { secondsLeft } from '../place.ts'
import { isBare, type Provider, refuseForeign, tagsOf } from './look.ts'
import type { Place } from './place.ts'
import { goneIsFine, ownerIn, refuseTaken, removeUser, usersOf } from './users.ts'

/**
 * The users of bindings first, with their keys; then the bucket, which the family has emptied and which OVHcloud removes only empty; its
 * owner last, so that whatever is left can always be found by it. Gone when nothing of it is listed any more.
 */
export async function destroyStep(provider: Provider, place: Place, call: Call): Promise<Sighting> {
  const { client } = provider
  const users = await usersOf(client, place, call)
  refuseTaken(users, place)
  const owner = ownerIn(users, place)
  const tags = await tagsOf(provider, place, owner, call)
  // One of our owner's that has no tags at all is one whose making was broken off.
  if (tags !== undefined && !(isBare(tags) && owner !== undefined)) refuseForeign(tags, place)
  const all = [...users.bindings, ...users.owners]
  if (tags === undefined && all.length === 0) return absent(provider, place, call)
  for (const each of users.bindings) await removeUser(client, each, call)
  if (tags !== undefined) await goneIsFine(client.removeBucket(call, place.region, place.name))
  for (const each of users.owners) await removeUser(client, each, call)
  return {
    state: 'pending',
    handle: users.owners.length > 0 ? { ...place, seen: true } : place,
    note: 'the bucket and its users at OVHcloud are being deleted'
  }
}

/** What was never seen may have been asked for a moment ago. */
function absent({ settings }: Provider, place: Place, call: Call): Sighting {
  if (place.seen && !place.askedAgain) return { state: 'gone' }
  const absentSince = place.absentSince ?? call.now.toISOString()
  const left = secondsLeft(absentSince, settings.listLagSeconds, call.now)
  if (left === 0) return { state: 'gone' }
  return {
    state: 'pending',
    handle: { ...place, absentSince },
    lookAgainInSeconds: left,
    note: 'an earlier request may still become visible'
  }
}
