import type { Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import { markTags, readMarkTags } from '../../src/contract/mark-tags.ts'
import { tagsOfOwn } from '../../src/contract/own-bucket.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Bucket } from '../../src/contract/s3.ts'
import { accessTo } from './bucket-access.ts'
import type { Client } from './client.ts'
import { type Place, readHandle, toHandle } from './handle.ts'
import { readPlan } from './plan.ts'
import { policyOf } from './policy.ts'
import type { Settings } from './settings.ts'
import { makeUsers } from './users.ts'

/** Three steps: choose, make the bucket with its mark, give it its settings and users. Each is committed before the next. */
export async function create(
  settings: Settings,
  client: Client | undefined,
  order: Order,
  soFar: Handle | undefined,
  call: Call
): Promise<Sighting> {
  if (soFar === undefined) return choose(settings, order)
  const place: Place = { ...readHandle(soFar), name: order.name, mark: order.mark }
  const bucket = call.s3(accessTo(settings, place.name))
  if (place.stage === 'chosen') {
    const isAlone = client !== undefined || readPlan(order.plan).sharedAccount
    if (!isAlone) await refuseNeighbours(bucket, place.name)
    await markBucket(bucket, place)
    // Two creates may have looked at the same moment: whoever sees the other now goes.
    if (!isAlone) await refuseNeighbours(bucket, place.name)
    return at({ ...place, stage: 'marked' })
  }
  await refuseAbsent(bucket, place)
  await setUp(settings, client, place, order.parameters, bucket, call)
  return at({ ...place, stage: 'made' })
}

function choose({ region }: Settings, order: Order): Sighting {
  if (order.region !== region) {
    throw new ProviderFailure('invalid', `The object storage does not stand in the region "${order.region}".`)
  }
  return at({ name: order.name, mark: order.mark, stage: 'chosen' })
}

function at(place: Place): Sighting {
  const handle = toHandle(place)
  return place.stage === 'made'
    ? { state: 'ready', handle }
    : { state: 'pending', handle, lookAgainInSeconds: 0 }
}

/** The account's key opens every bucket of it, so an instance has the account to itself. */
async function refuseNeighbours(bucket: Bucket, name: string): Promise<void> {
  const others = (await bucket.accountBuckets()).filter((each) => each !== name)
  if (others.length === 0) return
  throw new ProviderFailure(
    'quota',
    'The account at the object storage has a bucket already, and its key would open both.'
  )
}

/** A bucket of our own account under our random name, without any tags, is one that an earlier attempt made. */
async function markBucket(bucket: Bucket, place: Place): Promise<void> {
  const tags = await tagsOfOwn(bucket, place.name)
  if (tags !== undefined && isSameMark(readMarkTags(tags), place.mark)) return
  if (tags !== undefined && Object.keys(tags).length > 0) throw foreign()
  if (tags === undefined) await bucket.create()
  await bucket.setTags(markTags(place.mark))
}

export async function refuseAbsent(bucket: Bucket, place: Place): Promise<void> {
  const tags = await tagsOfOwn(bucket, place.name)
  if (tags === undefined) throw new ProviderFailure('not-found', 'The bucket is not there.')
  if (!isSameMark(readMarkTags(tags), place.mark)) throw foreign()
}

export function foreign(): ProviderFailure {
  return new ProviderFailure(
    'conflict',
    'A bucket with the name of this instance exists and carries another mark.'
  )
}

/** What the parameters say, and who may use it. The same each time. */
export async function setUp(
  settings: Settings,
  client: Client | undefined,
  place: Place,
  parameters: JsonObject,
  bucket: Bucket,
  call: Call
): Promise<void> {
  await setVersioning(bucket, parameters['versioning'] === true)
  if (client === undefined) return
  const { id, tenant } = await client.userWithKey(call, settings.accessKeyId)
  if (tenant !== '') {
    throw new ProviderFailure('invalid', 'The account at the object storage belongs to a tenant of radosgw.')
  }
  await makeUsers(client, place, call)
  await bucket.setPolicy(policyOf(place.name, id))
}

async function setVersioning(bucket: Bucket, isWanted: boolean): Promise<void> {
  const now = await bucket.versioning()
  if (isWanted && now !== 'on') await bucket.setVersioning('on')
  if (!isWanted && now === 'on') await bucket.setVersioning('suspended')
}
