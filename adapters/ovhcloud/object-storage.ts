import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { Driver, Listed, Order, Sighting } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { tagsOfOwn } from '../../src/contract/own-bucket.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { accessTo } from './object-storage/access.ts'
import { bindStep, bucketGone, unbind } from './object-storage/bind.ts'
import { createStep, setVersioning } from './object-storage/create.ts'
import { readUserDescription } from './object-storage/description.ts'
import { destroyStep } from './object-storage/destroy.ts'
import { type Provider, refuseForeign, tagsOf } from './object-storage/look.ts'
import { type Place, readPlace } from './object-storage/place.ts'
import { isReady, isThere, keysOf, makeKeys, ownerIn, refuseTaken, usersOf } from './object-storage/users.ts'
import type { Settings } from './settings.ts'

const planSchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {
    storageGb: { type: 'number', minimum: 0, description: 'What the plan promises. Reported, not enforced.' }
  }
}

/** A bucket whose owner is a user of the project of its own; another one for each binding. */
export function objectStorageDriver(client: Client, settings: Settings): Driver {
  const provider: Provider = { client, settings }
  return {
    planSchema,
    listLagSeconds: settings.listLagSeconds,
    create: (order, soFar, call) => createStep(provider, order, soFar && readPlace(soFar), call),
    observe: (handle, call) => observe(provider, readPlace(handle), call),
    destroy: (handle, call) => destroyStep(provider, readPlace(handle), call),
    access: (handle, call) => access(provider, readPlace(handle), call),
    update: (handle, order, call) => update(provider, readPlace(handle), order, call),
    list: (broker, call) => list(client, broker, call),
    bind: (handle, login, parameters, soFar, call) =>
      bindStep(provider, readPlace(handle), { login, parameters }, soFar, call),
    unbind: (handle, login, grant, call) => unbind(provider, readPlace(handle), login, grant, call)
  }
}

async function observe(provider: Provider, place: Place, call: Call): Promise<Sighting> {
  const users = await usersOf(provider.client, place, call)
  refuseTaken(users, place)
  const owner = ownerIn(users, place)
  const tags = await tagsOf(provider, place, owner, call)
  if (tags === undefined && owner === undefined) return { state: 'gone' }
  if (tags !== undefined) refuseForeign(tags, place)
  const isWhole = tags !== undefined && owner !== undefined && isReady(owner)
  return isWhole && place.stage === 'made'
    ? { state: 'ready', handle: place }
    : { state: 'pending', handle: place }
}

/** The owner's way. A handle of one that was only chosen makes no keys: nothing can be in a bucket then. */
async function access(provider: Provider, place: Place, call: Call): Promise<ObjectStorageAccess> {
  const { client, settings } = provider
  const users = await usersOf(client, place, call)
  refuseTaken(users, place)
  const owner = ownerIn(users, place)
  if (owner === undefined || !isReady(owner)) throw bucketGone()
  const keysFor = place.stage === 'chosen' ? keysOf : makeKeys
  const keys = await keysFor(client, owner.id, call)
  if (keys === undefined) throw bucketGone()
  return accessTo(settings, place, keys)
}

async function update(provider: Provider, place: Place, order: Order, call: Call): Promise<Sighting> {
  const bucket = call.s3(await access(provider, place, call))
  const tags = await tagsOfOwn(bucket, place.name)
  if (tags === undefined) throw bucketGone()
  refuseForeign(tags, place)
  await setVersioning(bucket, order.parameters['versioning'] === true)
  return { state: 'ready', handle: place }
}

/** By the owners of buckets: each outlives its bucket, and its description says in which region that is. */
async function* list(client: Client, broker: string, call: Call): AsyncIterable<Listed> {
  const told = new Set<string>()
  for (const user of (await client.users(call)).filter(isThere)) {
    const { name, mark, role } = readUserDescription(user.description) ?? {}
    if (name === undefined || mark?.broker !== broker || role?.kind !== 'owner') continue
    // Of two owners one is about to go.
    if (told.has(name)) continue
    told.add(name)
    const { region } = role
    const place: Place = { v: 1, region, name, ...mark, stage: 'made', owner: user.id, seen: true }
    yield { mark, name, region, handle: place }
  }
}
