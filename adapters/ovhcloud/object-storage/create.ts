import type { Order, Sighting } from '../../../src/contract/adapter.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { markTags } from '../../../src/contract/mark-tags.ts'
import { tagsOfOwn } from '../../../src/contract/own-bucket.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { Bucket } from '../../../src/contract/s3.ts'
import type { Client } from '../client.ts'
import { secondsLeft } from '../place.ts'
import { accessTo } from './access.ts'
import { describeUser } from './description.ts'
import { isBare, isUnknownKey, listedTags, type Provider, refuseForeign } from './look.ts'
import { isOwned, markAt, type Owned, type Place, withoutOwner } from './place.ts'
import { ownersPolicyOf } from './policy.ts'
import { isGoing, isReady, makeKeys, refuseForeignUsers, removeUser, usersOf } from './users.ts'

/** Each is committed before the next: choose, the owner, its keys, the bucket with its mark, its settings. */
export async function createStep(
  provider: Provider,
  order: Order,
  soFar: Place | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined) return choose(provider, order, call)
  if (!isOwned(soFar)) return beginOwner(provider, soFar, call)
  if (soFar.stage === 'chosen') return keyOwner(provider, soFar, call)
  return withOwnersBucket(provider, soFar, call, (bucket) =>
    soFar.stage === 'keyed'
      ? markBucket(provider, soFar, bucket, call)
      : finish(provider, soFar, order.parameters, bucket, call)
  )
}

/** Looks at once, so that a region that is not there, or a name that is taken, costs nothing. */
async function choose({ client }: Provider, order: Order, call: Call): Promise<Sighting> {
  const place: Place = { v: 1, region: order.region, name: order.name, ...order.mark, stage: 'chosen' }
  const tags = await listedTags(client, place, call)
  if (tags !== undefined) refuseForeign(tags, place)
  return next(place)
}

function next(place: Place): Sighting {
  return { state: 'pending', handle: place, lookAgainInSeconds: 0 }
}

function waiting(place: Place, note: string): Sighting {
  return { state: 'pending', handle: place, note }
}

/**
 * As with services: finds what an earlier attempt made, else asks for it; and after an attempt whose end is unknown only when everything
 * it could have made would be listed.
 */
async function beginOwner({ client, settings }: Provider, place: Place, call: Call): Promise<Sighting> {
  const users = await usersOf(client, place, call)
  const [oldest, ...others] = users.owners.filter((each) => !isGoing(each))
  if (oldest) {
    const again = others.length === 0 ? {} : { askedAgain: true as const }
    return next({ ...place, ...again, owner: oldest.id, seen: true })
  }
  if (users.owners.length > 0) return waiting(place, 'an earlier owner of the bucket is being deleted')
  refuseForeignUsers(users, place)
  const since = place.quietSince ?? (call.attempt > 1 ? call.now.toISOString() : undefined)
  const left = since === undefined ? 0 : secondsLeft(since, settings.listLagSeconds, call.now)
  if (since !== undefined && left > 0) {
    return waiting({ ...place, quietSince: since }, 'an earlier request may still become visible')
  }
  const { quietSince: _since, ...rest } = place
  const description = describeUser({
    name: place.name,
    mark: markAt(place),
    role: { kind: 'owner', region: place.region }
  })
  const user = await client.createUser(call, description)
  const again = since === undefined ? {} : { askedAgain: true as const }
  return waiting({ ...rest, ...again, owner: user.id }, 'the owner of the bucket is being made')
}

async function keyOwner({ client, settings }: Provider, place: Owned, call: Call): Promise<Sighting> {
  const { owners } = await usersOf(client, place, call)
  const owner = owners.find(({ id }) => id === place.owner)
  if (owner === undefined) return unseen(place, settings.listLagSeconds, call)
  if (isGoing(owner)) return waiting(withoutOwner(place, call.now), 'the owner of the bucket was deleted')
  const { quietSince: _since, ...rest } = { ...place, seen: true as const }
  if (!isReady(owner)) return waiting(rest, `the owner of the bucket is in state ${owner.status}`)
  await client.setPolicy(call, owner.id, ownersPolicyOf(place.name))
  await makeKeys(client, owner.id, call)
  return next({ ...rest, stage: 'keyed' })
}

/** New users may be in no list for a while. */
function unseen(place: Owned, lagSeconds: number, call: Call): Sighting {
  const since = place.quietSince ?? call.now.toISOString()
  const isLost = place.quietSince !== undefined && secondsLeft(since, lagSeconds, call.now) === 0
  if (place.seen || isLost)
    return waiting(withoutOwner(place, call.now), 'the owner of the bucket has vanished')
  return waiting({ ...place, quietSince: since }, 'the owner of the bucket is not shown yet')
}

/** Its owner's keys see a bucket at once. They may have to wait until the object storage knows them. */
async function withOwnersBucket(
  { client, settings }: Provider,
  place: Owned,
  call: Call,
  use: (bucket: Bucket) => Promise<Sighting>
): Promise<Sighting> {
  const keys = await makeKeys(client, place.owner, call)
  try {
    return await use(call.s3(accessTo(settings, place, keys)))
  } catch (error) {
    if (!isUnknownKey(error)) throw error
    return waiting(place, "the owner's keys do not work yet")
  }
}

async function markBucket({ client }: Provider, place: Owned, bucket: Bucket, call: Call): Promise<Sighting> {
  const { name, region, owner: ownerId } = place
  const tags = await tagsOfOwn(bucket, name)
  if (tags === undefined) {
    await client.createBucket(call, region, { name, ownerId, tags: { ...markTags(markAt(place)) } })
  } else await keepMark(bucket, place, tags)
  return next({ ...place, stage: 'marked' })
}

/** A bucket of its own owner without any tags is one whose tags the object storage was not told. */
async function keepMark(bucket: Bucket, place: Place, tags: Readonly<Record<string, string>>): Promise<void> {
  if (isBare(tags)) await bucket.setTags(markTags(markAt(place)))
  else refuseForeign(tags, place)
}

async function finish(
  { client }: Provider,
  place: Owned,
  parameters: JsonObject,
  bucket: Bucket,
  call: Call
): Promise<Sighting> {
  const tags = await tagsOfOwn(bucket, place.name)
  if (tags === undefined) return waiting(place, 'the bucket is not shown yet')
  await keepMark(bucket, place, tags)
  await setVersioning(bucket, parameters['versioning'] === true)
  const isAlone = !place.askedAgain || (await removeTwins(client, place, call))
  if (!isAlone) return waiting(place, 'a second owner of the bucket is still being made')
  return { state: 'ready', handle: { ...place, stage: 'made' } }
}

/** False: there is one that cannot be removed yet. */
async function removeTwins(client: Client, place: Owned, call: Call): Promise<boolean> {
  const { owners } = await usersOf(client, place, call)
  const twins = owners.filter(({ id }) => id !== place.owner)
  for (const each of twins) await removeUser(client, each, call)
  return twins.every((each) => isReady(each) || isGoing(each))
}

export async function setVersioning(bucket: Bucket, isWanted: boolean): Promise<void> {
  const now = await bucket.versioning()
  if (isWanted && now !== 'on') await bucket.setVersioning('on')
  if (!isWanted && now === 'on') await bucket.setVersioning('suspended')
}
