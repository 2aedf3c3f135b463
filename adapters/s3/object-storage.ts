import type { Driver, Handle, Listed, Order, Sighting } from '../../src/contract/adapter.ts'
import { isSameMark } from '../../src/contract/mark.ts'
import { readMarkTags } from '../../src/contract/mark-tags.ts'
import { tagsOfOwn } from '../../src/contract/own-bucket.ts'
import type { Call } from '../../src/contract/ports.ts'
import { bind, bindToAccount, unbind } from './bind.ts'
import { accessTo, accountOf } from './bucket-access.ts'
import type { Client } from './client.ts'
import { create, foreign, refuseAbsent, setUp } from './create.ts'
import { destroy } from './destroy.ts'
import { readHandle, toHandle } from './handle.ts'
import { planSchema } from './plan.ts'
import type { Settings } from './settings.ts'

/** What the core calls a resource. Other buckets of the account are never looked at. */
const OUR_NAME = /^p[a-z2-7]{20}$/

/** A bucket of the account. With a `client`, its instance has users of its own, and each binding a key of one of them. */
export function objectStorageDriver(settings: Settings, client: Client | undefined): Driver {
  return {
    planSchema,
    ...(client === undefined && { bindChoices: () => ({ access: ['read-write'] }) }),
    create: (order, soFar, call) => create(settings, client, order, soFar, call),
    observe: (handle, call) => observe(settings, handle, call),
    destroy: (handle, call) => destroy(settings, client, handle, call),
    update: (handle, order, call) => update(settings, client, handle, order, call),
    access: async (handle) => accessTo(settings, readHandle(handle).name),
    list: (broker, call) => list(settings, broker, call),
    async bind(handle, login, parameters, _soFar, call) {
      if (client === undefined) return bindToAccount(settings, parameters)
      return bind(client, handle, login, parameters, call)
    },
    async unbind(handle, login, _grant, call) {
      if (client !== undefined) return unbind(client, handle, login, call)
      call.note('the key of the account stays valid: this object storage has none per binding')
    }
  }
}

async function observe(settings: Settings, handle: Handle, call: Call): Promise<Sighting> {
  const place = readHandle(handle)
  const tags = await tagsOfOwn(call.s3(accessTo(settings, place.name)), place.name)
  if (tags === undefined) return { state: 'gone' }
  if (Object.keys(tags).length === 0 && place.stage === 'chosen') return { state: 'pending', handle }
  if (!isSameMark(readMarkTags(tags), place.mark)) throw foreign()
  return place.stage === 'made' ? { state: 'ready', handle } : { state: 'pending', handle }
}

async function update(
  settings: Settings,
  client: Client | undefined,
  handle: Handle,
  order: Order,
  call: Call
): Promise<Sighting> {
  const place = readHandle(handle)
  const bucket = call.s3(accessTo(settings, place.name))
  await refuseAbsent(bucket, place)
  await setUp(settings, client, place, order.parameters, bucket, call)
  return { state: 'ready', handle: toHandle({ ...place, stage: 'made' }) }
}

async function* list(settings: Settings, broker: string, call: Call): AsyncIterable<Listed> {
  const names = await call.s3(accountOf(settings)).accountBuckets()
  for (const name of names.filter((each) => OUR_NAME.test(each))) {
    const mark = readMarkTags((await tagsOfOwn(call.s3(accessTo(settings, name)), name)) ?? {})
    if (mark?.broker !== broker) continue
    yield { mark, name, region: settings.region, handle: toHandle({ name, mark, stage: 'made' }) }
  }
}
