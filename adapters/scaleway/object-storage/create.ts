import type { Handle, Order, Sighting } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { isSameMark } from '../../../src/contract/mark.ts'
import { markTags, readMarkTags } from '../../../src/contract/mark-tags.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { Bucket } from '../../../src/contract/s3.ts'
import { type Place, readHandle, toHandle } from './handle.ts'
import { ownTags } from './own-tags.ts'
import { STRANGER_SECONDS, waiting, withPieces } from './pieces.ts'
import { keepPolicy, policyOf } from './policy.ts'
import { accessTo, brokerPrincipal, type Store } from './store.ts'

/**
 * Three steps: chooses; makes the bucket with its mark and closes it; makes who may use it, gives it its settings and lets them in.
 * Each is committed before the next.
 */
export async function create(
  store: Store,
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined) return at(chosen(order))
  const place: Place = { ...readHandle(soFar), name: order.name, mark: order.mark }
  const bucket = call.s3(accessTo(store, place.region, place.name))
  if (place.stage === 'chosen') {
    await markBucket(bucket, place, await brokerPrincipal(store, call))
    return at({ ...place, stage: 'marked' })
  }
  await refuseAbsent(bucket, place)
  return furnish(store, place, order.parameters, bucket, call)
}

function chosen({ name, mark, region }: Order): Place {
  return { name, mark, region, stage: 'chosen', applications: {}, rights: {} }
}

function at(place: Place): Sighting {
  return { state: 'pending', handle: toHandle(place), lookAgainInSeconds: 0 }
}

/** A bucket of our own project under our random name, without any tags, is one that an earlier attempt made. */
async function markBucket(bucket: Bucket, place: Place, broker: string): Promise<void> {
  const tags = await ownTags(bucket, place.name)
  if (!isSameMark(readMarkTags(tags ?? {}), place.mark)) {
    if (tags !== undefined && Object.keys(tags).length > 0) throw foreign()
    if (tags === undefined) await bucket.create()
    await bucket.setTags(markTags(place.mark))
  }
  // Without a policy every key of the project that may use object storage opens it.
  if ((await bucket.policy()) === undefined) await bucket.setPolicy(policyOf(place.name, broker, {}))
}

export async function refuseAbsent(bucket: Bucket, place: Place): Promise<void> {
  const tags = await ownTags(bucket, place.name)
  if (tags === undefined) throw new ProviderFailure('not-found', 'The bucket is not there.')
  if (!isSameMark(readMarkTags(tags), place.mark)) throw foreign()
}

export function foreign(): ProviderFailure {
  return new ProviderFailure(
    'conflict',
    'A bucket with the name of this instance exists and carries another mark.'
  )
}

/** What the parameters say, and who may use it. The same each time; the policy is set as a whole, and never by a bind. */
export async function furnish(
  store: Store,
  place: Place,
  parameters: JsonObject,
  bucket: Bucket,
  call: Call
): Promise<Sighting> {
  const whole = await withPieces(store, place, call)
  if ('state' in whole) return whole
  const broker = await brokerPrincipal(store, call)
  await setVersioning(bucket, parameters['versioning'] === true)
  const isKept = await keepPolicy(bucket, policyOf(place.name, broker, whole.applications))
  if (!isKept) return waiting(whole, STRANGER_SECONDS, 'the bucket does not take its new applications yet')
  const { quietSince: _quietSince, ...settled } = whole
  return { state: 'ready', handle: toHandle({ ...settled, stage: 'made', broker }) }
}

async function setVersioning(bucket: Bucket, isWanted: boolean): Promise<void> {
  const now = await bucket.versioning()
  if (isWanted && now !== 'on') await bucket.setVersioning('on')
  if (!isWanted && now === 'on') await bucket.setVersioning('suspended')
}
