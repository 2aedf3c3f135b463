import type { Driver, Handle, Listed, Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import { readMarkTags } from '../../src/contract/mark-tags.ts'
import type { Call } from '../../src/contract/ports.ts'
import { withoutGone } from './object-storage/applications.ts'
import { bind, unbind } from './object-storage/bind.ts'
import { create, foreign, furnish, refuseAbsent } from './object-storage/create.ts'
import { destroy } from './object-storage/destroy.ts'
import { isWhole, type Place, readHandle, toHandle } from './object-storage/handle.ts'
import { ownTags } from './object-storage/own-tags.ts'
import { isSamePolicy, policyOf } from './object-storage/policy.ts'
import { accessTo, bucketsOf, type Store } from './object-storage/store.ts'

/** What the core calls a resource. Other buckets of the project are never looked at. */
const OUR_NAME = /^p[a-z2-7]{20}$/

const planSchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {
    storageGb: { type: 'number', minimum: 0, description: 'What the plan promises. Reported, not enforced.' }
  }
}

/** A bucket of the project, two applications of IAM that may use it and nothing else, and a key of one of them for each binding. */
export function objectStorageDriver(store: Store, regions: readonly string[]): Driver {
  return {
    planSchema,
    listLagSeconds: store.listLagSeconds,
    create: (order, soFar, call) => create(store, order, soFar, call),
    observe: (handle, call) => observe(store, handle, call),
    destroy: (handle, call) => destroy(store, handle, call),
    update: (handle, order, call) => update(store, handle, order, call),
    async access(handle) {
      const { region, name } = readHandle(handle)
      return accessTo(store, region, name)
    },
    list: (broker, call) => list(store, regions, broker, call),
    bind: (handle, login, parameters, soFar, call) => bind(store, handle, login, parameters, soFar, call),
    unbind: (handle, login, grant, call) => unbind(store, handle, login, grant, call)
  }
}

async function observe(store: Store, handle: Handle, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const bucket = call.s3(accessTo(store, place.region, place.name))
  const tags = await ownTags(bucket, place.name)
  if (tags === undefined) return { state: 'gone' }
  if (Object.keys(tags).length === 0 && place.stage === 'chosen') return { state: 'pending', handle }
  if (!isSameMark(readMarkTags(tags), place.mark)) throw foreign()
  if (place.stage !== 'made') return { state: 'pending', handle }
  if (isKept(place, await bucket.policy())) return { state: 'ready', handle }
  throw new ProviderFailure(
    'conflict',
    "Somebody changed the policy of the instance's bucket. The next update of the instance sets it back."
  )
}

/** Of what `list` found it is not known which policy it should have. */
function isKept(place: Place, policy: JsonObject | undefined): boolean {
  if (place.broker === undefined || !isWhole(place)) return true
  return isSamePolicy(policy, policyOf(place.name, place.broker, place.applications))
}

async function update(store: Store, handle: Handle, order: Order, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const bucket = call.s3(accessTo(store, place.region, place.name))
  await refuseAbsent(bucket, place)
  return furnish(store, await withoutGone(store, place, call), order.parameters, bucket, call)
}

async function* list(
  store: Store,
  regions: readonly string[],
  broker: string,
  call: Call
): AsyncIterable<Listed> {
  for (const region of regions) {
    for (const name of (await bucketsOf(store, region, call)).filter((each) => OUR_NAME.test(each))) {
      const mark = readMarkTags(await tagsSeen(store, region, name, call))
      if (mark?.broker !== broker) continue
      const place: Place = { name, mark, region, stage: 'made', applications: {}, rights: {} }
      yield { mark, name, region, handle: toHandle(place) }
    }
  }
}

/** Another broker's buckets in the same project are closed to this one, and no reason to see none of one's own. */
async function tagsSeen(
  store: Store,
  region: string,
  name: string,
  call: Call
): Promise<Readonly<Record<string, string>>> {
  try {
    return (await ownTags(call.s3(accessTo(store, region, name)), name)) ?? {}
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'denied')) throw error
    call.note('a bucket of the project is closed to the broker', { bucket: name })
    return {}
  }
}
