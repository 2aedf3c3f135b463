import type { Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { findAll, hasId, lookAt, removeService, UNSHOWN_SECONDS } from './find.ts'
import { type Place, secondsLeft } from './place.ts'
import type { Service } from './types.ts'

/** A deleted service answers in status `DELETING` for a while, then 404. Only then others with our mark are looked for. */
export async function destroyStep(
  services: Services,
  lagSeconds: number,
  place: Place,
  call: Call
): Promise<Sighting> {
  const known = hasId(place) ? await lookAt(services, place, call) : undefined
  const found = known ? { marked: [known], unshown: 0 } : await findAll(services, place, call)
  const all = found.marked
  const [first] = all
  if (!first) return absent(lagSeconds, place, found.unshown, call)
  for (const each of all) await removeUnlessBusy(services, each, call)
  return {
    state: 'pending',
    handle: { ...place, id: place.id ?? first.id, seen: true },
    note: 'the service at OVHcloud is being deleted'
  }
}

/** A service in a transient state refuses to be deleted; it is asked again at the next look. */
async function removeUnlessBusy(services: Services, service: Service, call: Call): Promise<void> {
  try {
    await removeService(services, service, call)
  } catch (error) {
    const busy = error instanceof ProviderFailure && error.kind === 'unavailable' && !error.mayHaveHappened
    if (!busy) throw error
  }
}

/** What was never seen may have been asked for a moment ago. */
function absent(lagSeconds: number, place: Place, unshown: number, call: Call): Sighting {
  if (place.seen && !place.askedAgain) return { state: 'gone' }
  const absentSince = place.absentSince ?? call.now.toISOString()
  const left = secondsLeft(absentSince, lagSeconds, call.now)
  if (left === 0 && unshown === 0) return { state: 'gone' }
  return {
    state: 'pending',
    handle: { ...place, absentSince },
    lookAgainInSeconds: Math.max(left, UNSHOWN_SECONDS),
    note: 'an earlier request may still become visible'
  }
}
