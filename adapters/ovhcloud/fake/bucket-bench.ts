import type { JsonObject } from '../../../src/contract/json.ts'
import { useBench } from '../../../test/support/driver-bench.ts'
import { shared } from '../../../test/support/fake/shared.ts'
import { objectStore } from '../../../test/support/radosgw.ts'
import { adapter } from '../index.ts'
import { readUserDescription } from '../object-storage/description.ts'
import { startFakeOvhcloud } from './start-fake.ts'

export const sharedFakeWithStore = shared(async () => startFakeOvhcloud({ store: await objectStore() }))

/** How many seconds a list of users may lag, as the adapter is told. */
export const LAG = 20

/** The adapter before its fake, for orders of buckets. `keeps`: the fake is emptied before the suite only. */
export function useBuckets(keeps?: 'keeps') {
  const bench = useBench({
    adapter,
    fake: sharedFakeWithStore,
    region: 'GRA',
    settings: { listLagSeconds: LAG },
    ...(keeps ? { keeps: true } : {})
  })
  const quicken = () => bench.fake.setScene({ looks: 1 })
  if (keeps) before(quicken)
  else beforeEach(quicken)

  const begin = (parameters: JsonObject = {}, region = 'GRA') =>
    bench.begin({ service: 'object-storage', plan: {}, parameters, region })

  async function usersBy(kind: 'owner' | 'binding') {
    const { users } = await bench.fake.state()
    return users.filter(({ description }) => readUserDescription(description)?.role.kind === kind)
  }

  return {
    bench,
    driver: () => bench.driver('object-storage'),
    begin,
    async made(parameters: JsonObject = {}) {
      const engine = begin(parameters)
      await engine.create()
      return engine
    },
    usersBy,
    /** Those that stay. */
    async owners(): Promise<readonly number[]> {
      return (await usersBy('owner')).filter(({ status }) => status !== 'deleting').map(({ id }) => id)
    }
  }
}
