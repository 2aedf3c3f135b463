import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { bucketAt } from '../../../test/support/buckets.ts'
import { useBench } from '../../../test/support/driver-bench.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { adapter } from '../index.ts'
import { asking } from './ask.ts'
import { sharedFake } from './bench.ts'
import type { FakeScaleway } from './start-fake.ts'

/** Its buckets stand in the radosgw of all tests. */
export async function sharedFakeWithStore(): Promise<FakeScaleway> {
  const [store, fake] = await Promise.all([objectStore(), sharedFake()])
  await fake.useStore(store)
  return fake
}

/** The adapter before its fake, for orders of buckets. */
export function useBuckets() {
  const bench = useBench({ adapter, fake: sharedFakeWithStore, region: 'fr-par' })
  const begin = (parameters: JsonObject = {}, region = 'fr-par') =>
    bench.begin({ service: 'object-storage', plan: {}, parameters, region })
  type Engine = ReturnType<typeof begin>
  return {
    bench,
    driver: () => bench.driver('object-storage'),
    begin,
    async made(parameters: JsonObject = {}, region = 'fr-par') {
      const engine = begin(parameters, region)
      await engine.create()
      return engine
    },
    nameOf: ({ book }: Engine) => book.order.name,
    asOwner: async (engine: Engine) => bucketAt((await engine.access()) as ObjectStorageAccess),
    iam: asking(() => bench.fake, '/iam/v1alpha1')
  }
}
