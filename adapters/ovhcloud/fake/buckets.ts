import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { stateOf } from '../../../test/support/fake/states.ts'
import { objectAt, refuseUnknown, textAt } from './checks.ts'
import { STORAGE_REGIONS } from './offers.ts'
import {
  badRequest,
  bucketTaken,
  invalidParameter,
  notFound,
  quotaExceeded,
  storageNotFound,
  unknownUrl
} from './problems.ts'
import { refuseUnheard } from './project-users.ts'
import { bodyOf, type Call, failSometimes, ok } from './reply.ts'
import type { FakeBucket } from './resources.ts'
import { isListed, storeOf, type World } from './world.ts'

const NAME = /^(?!.*[.-]{2})[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** `/cloud/project/{p}/region/{region}/storage` and what is below. */
export async function onBuckets(world: World, call: Call, region: string, name: string): Promise<Reply> {
  if (!STORAGE_REGIONS.includes(region)) throw notFound('RegionNotFound')
  if (name === '') {
    if (call.method === 'GET') return list(world, region)
    if (call.method === 'POST') return create(world, region, bodyOf(call))
    throw unknownUrl()
  }
  const bucket = world.buckets.get(name)
  if (bucket?.region !== region) throw storageNotFound(`bucket ${name}`)
  if (call.method === 'GET') return ok(await render(world, bucket))
  if (call.method === 'DELETE') return remove(world, bucket)
  throw unknownUrl()
}

async function list(world: World, region: string): Promise<Reply> {
  const all = [...world.buckets.values()].filter((each) => each.region === region)
  for (const each of all) each.listsSince += 1
  const shown = all.filter((each) => isListed(world, each))
  return ok(await Promise.all(shown.map((each) => render(world, each))))
}

async function create(world: World, region: string, body: JsonObject): Promise<Reply> {
  refuseUnknown(body, ['name', 'ownerId', 'tags'])
  const name = textAt(body, 'name')
  if (!NAME.test(name)) throw invalidParameter('Given data (name) is not a valid bucket name')
  const tags = textsAt(objectAt(body, 'tags'))
  const id = body['ownerId']
  if (typeof id !== 'number') throw invalidParameter('Given data (ownerId) is not a long')
  const owner = world.projectUsers.get(id)
  if (owner === undefined || stateOf(owner.states) !== 'ok') throw storageNotFound(`user ${id}`)
  refuseUnheard(world, owner)
  if (world.buckets.has(name)) throw bucketTaken()
  if ([...world.buckets.values()].filter((each) => !each.isForeign).length >= world.scene.buckets) {
    throw quotaExceeded('buckets')
  }
  const bucket = await addBucket(world, { name, region, owner, tags })
  failSometimes(world)
  return ok(await render(world, bucket))
}

export async function addBucket(
  world: World,
  wanted: Pick<FakeBucket, 'name' | 'region' | 'owner'> & { readonly tags: Readonly<Record<string, string>> },
  isForeign = false
): Promise<FakeBucket> {
  const { name, region, owner, tags } = wanted
  const inStore = storeOf(world).bucket(owner.inStore, name)
  await inStore.create()
  if (!world.scene.losesTags && Object.keys(tags).length > 0) await inStore.setTags(tags)
  const createdAt = new Date(world.clock.now())
  const bucket: FakeBucket = { name, region, owner, createdAt, isForeign, listsSince: 0 }
  world.buckets.set(name, bucket)
  return bucket
}

async function remove(world: World, bucket: FakeBucket): Promise<Reply> {
  const { name, owner } = bucket
  try {
    await storeOf(world).bucket(owner.inStore, name).delete()
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'conflict')) throw error
    throw badRequest('', 'BucketNotEmpty: The bucket you tried to delete is not empty')
  }
  world.buckets.delete(name)
  if (!world.projectUsers.has(owner.id)) await storeOf(world).removeUser(owner.inStore)
  return ok(null)
}

/** What radosgw says: the S3 API changes tags and versioning too. */
export async function shownIn(world: World, { name, owner }: FakeBucket): Promise<JsonObject> {
  const bucket = storeOf(world).bucket(owner.inStore, name)
  const [tags, versioning] = [await bucket.tags(), await bucket.versioning()]
  const status = { on: 'enabled', suspended: 'suspended', never: 'disabled' }[versioning]
  return { tags, versioning: { status } }
}

async function render(world: World, bucket: FakeBucket): Promise<JsonObject> {
  const { name, region, owner, createdAt } = bucket
  return {
    name,
    region,
    virtualHost: `https://${name}.s3.${region.toLowerCase()}.io.cloud.ovh.net/`,
    ownerId: owner.id,
    createdAt: createdAt.toISOString(),
    ...(await shownIn(world, bucket)),
    encryption: { sseAlgorithm: 'plaintext' },
    objectsCount: 0,
    objectsSize: 0,
    objects: []
  }
}

function textsAt(tags: JsonObject): Readonly<Record<string, string>> {
  const isText = (tag: readonly [string, Json]): tag is [string, string] => typeof tag[1] === 'string'
  const entries = Object.entries(tags)
  if (!entries.every(isText)) throw invalidParameter('Given data (tags) is not a map of strings')
  return Object.fromEntries(entries)
}
