import { randomUUID } from 'node:crypto'
import { adapter } from '../../adapters/s3/index.ts'
import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { Driver, Handle, Login, Order } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/object-storage/index.ts'
import { freshLogin, freshOrder } from '../conformance/fresh.ts'
import { realPorts } from '../conformance/ports.ts'
import type { ObjectStore, StoreKey } from './radosgw.ts'

/** A call whose ports are real. */
export function bucketCall(notes: string[] = []): Call {
  const signal = new AbortController().signal
  return {
    ...realPorts(signal),
    signal,
    now: new Date('2026-01-01T00:00:00Z'),
    attempt: 1,
    note: (text) => notes.push(text)
  }
}

export function settingsOf(store: ObjectStore, key: StoreKey, more: JsonObject = {}): JsonObject {
  const { endpoint, region } = store
  return { endpoint, region: 'here', s3Region: region, network: 'private', ...key, ...more }
}

export function driverOf(settings: JsonObject): Driver {
  const driver = adapter.open(settings).drivers['object-storage']
  if (driver === undefined) throw new Error('no driver')
  return driver
}

/** An instance as the core would make it. */
export interface BucketTenant {
  readonly order: Order
  readonly driver: Driver
  readonly handle: Handle
  readonly access: ObjectStorageAccess
  bind(parameters?: JsonObject, login?: Login): Promise<JsonObject>
  unbind(credentials: JsonObject): Promise<void>
  /** As a deletion does; throws what refuses it. */
  remove(): Promise<void>
}

export async function newTenant(
  settings: JsonObject,
  parameters: JsonObject = {},
  plan: JsonObject = {}
): Promise<BucketTenant> {
  const driver = driverOf(settings)
  const call = bucketCall()
  const order = freshOrder({ region: 'here', plan, parameters }, `broker-${randomUUID()}`)
  const handle = await made(driver, order, call)
  const access = (await driver.access?.(handle, call)) as ObjectStorageAccess
  return {
    order,
    driver,
    handle,
    access,
    async bind(bindParameters = {}, login = freshLogin()) {
      const bound = await driver.bind?.(handle, login, bindParameters, undefined, call)
      return family.credentials(access, bound?.grant.login ?? login, 'cloudfoundry', bindParameters)
    },
    async unbind(credentials) {
      const login = { name: String(credentials['access_key_id']), password: '' }
      await driver.unbind?.(handle, login, undefined, call)
    },
    async remove() {
      const names = { resource: order.name, mark: order.mark }
      while (typeof (await family.release?.(access, names, call)) === 'object');
      await driver.destroy(handle, call)
    }
  }
}

async function made(driver: Driver, order: Order, call: Call): Promise<Handle> {
  let handle: Handle | undefined
  for (let step = 0; step < 10; step += 1) {
    const sighting = await driver.create(order, handle, call)
    if (sighting.state === 'ready') return sighting.handle
    if (sighting.state !== 'pending') throw new Error(`it is ${sighting.state}`)
    handle = sighting.handle
  }
  throw new Error('it does not become ready')
}
