import type { Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { findMarked, hasId, lookAt, removeInstance } from './find.ts'
import { type Place, secondsLeft } from './place.ts'
import type { Server, Servers } from './servers.ts'

/** A deleted instance answers in status `deleting` for a while, then 404. */
export async function destroyStep(
  client: Servers,
  lagSeconds: number,
  place: Place,
  call: Call
): Promise<Sighting> {
  const known = hasId(place) ? await lookAt(client, place, call) : undefined
  const marked = await findMarked(client, place, call)
  const all = known && !marked.some(({ id }) => id === known.id) ? [known, ...marked] : marked
  const [first] = all
  if (!first) return absent(lagSeconds, place, call)
  for (const each of all) await removeUnlessBusy(client, place.region, each, call)
  return {
    state: 'pending',
    handle: { ...place, id: place.id ?? first.id, seen: true },
    note: 'the instance at Scaleway is being deleted'
  }
}

/** An instance in a transient state refuses to be deleted; it is asked again at the next look. */
async function removeUnlessBusy(
  client: Servers,
  region: string,
  instance: Server,
  call: Call
): Promise<void> {
  try {
    await removeInstance(client, region, instance, call)
  } catch (error) {
    const busy = error instanceof ProviderFailure && error.kind === 'unavailable' && !error.mayHaveHappened
    if (!busy) throw error
  }
}

/** What was never seen may have been asked for a moment ago. */
function absent(lagSeconds: number, place: Place, call: Call): Sighting {
  if (place.seen) return { state: 'gone' }
  const absentSince = place.absentSince ?? call.now.toISOString()
  const left = secondsLeft(absentSince, lagSeconds, call.now)
  if (left === 0) return { state: 'gone' }
  return {
    state: 'pending',
    handle: { ...place, absentSince },
    lookAgainInSeconds: left,
    note: 'an earlier request may still become visible'
  }
}
