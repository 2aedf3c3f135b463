import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { textAt } from '../../../src/contract/read.ts'
import { bucketAt } from '../../../test/support/buckets.ts'
import { useBench } from '../../../test/support/driver-bench.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { adapter } from '../index.ts'
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
    /** IAM; with the broker's key unless another is given. */
    iam: (method: string, path: string, body?: Json, key = textAt(bench.fake.settings, 'secretKey')) =>
      askIam(bench.fake, { method, path, key, ...(body === undefined ? {} : { body }) })
  }
}

interface IamRequest {
  readonly method: string
  readonly path: string
  readonly key: string
  readonly body?: Json
}

async function askIam({ url }: FakeScaleway, { method, path, key, body }: IamRequest) {
  const answer = await fetch(`${url}/iam/v1alpha1${path}`, {
    method,
    headers: { 'x-auth-token': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await answer.text()
  return { status: answer.status, body: JSON.parse(text === '' ? '{}' : text) as JsonObject }
}
