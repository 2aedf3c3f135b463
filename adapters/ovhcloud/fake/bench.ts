import type { JsonObject } from '../../../src/contract/json.ts'
import { type Bench, useBench } from '../../../test/support/driver-bench.ts'
import { shared } from '../../../test/support/fake/shared.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { adapter } from '../index.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './start-fake.ts'

export const sharedFake = shared(() => startFakeOvhcloud())
export const sharedFakeWithStore = shared(async () => startFakeOvhcloud({ store: await objectStore() }))

/** The adapter before its fake. */
export function useOvhcloud(settings: JsonObject = {}): Bench<FakeOvhcloud> {
  return useBench({ adapter, fake: sharedFake, region: 'GRA', settings, dedicated: true })
}

/** The same with object storage. `keeps`: the fake is emptied before the suite only. */
export function useOvhcloudBuckets(settings: JsonObject, keeps?: 'keeps'): Bench<FakeOvhcloud> {
  return useBench({
    adapter,
    fake: sharedFakeWithStore,
    region: 'GRA',
    settings,
    ...(keeps ? { keeps: true } : {})
  })
}
