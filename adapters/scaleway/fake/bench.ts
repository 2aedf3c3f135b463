import type { JsonObject } from '../../../src/contract/json.ts'
import { type Bench, useBench } from '../../../test/support/driver-bench.ts'
import { shared } from '../../../test/support/fake/shared.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { adapter } from '../index.ts'
import { type FakeScaleway, startFakeScaleway } from './start-fake.ts'

export const sharedFake = shared(() => startFakeScaleway())

/** The same, whose buckets stand in the radosgw of all tests. */
export async function sharedFakeWithStore(): Promise<FakeScaleway> {
  const [store, fake] = await Promise.all([objectStore(), sharedFake()])
  await fake.useStore(store)
  return fake
}

/** The adapter before its fake. */
export function useScaleway(settings: JsonObject = {}): Bench<FakeScaleway> {
  return useBench({ adapter, fake: sharedFake, region: 'fr-par', settings, dedicated: true })
}

/** The same with object storage. */
export function useScalewayBuckets(): Bench<FakeScaleway> {
  return useBench({ adapter, fake: sharedFakeWithStore, region: 'fr-par' })
}
