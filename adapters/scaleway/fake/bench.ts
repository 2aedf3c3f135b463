import type { JsonObject } from '../../../src/contract/json.ts'
import { type Bench, useBench } from '../../../test/support/driver-bench.ts'
import { shared } from '../../../test/support/fake/shared.ts'
import { adapter } from '../index.ts'
import { type FakeScaleway, startFakeScaleway } from './start-fake.ts'

export const sharedFake = shared(() => startFakeScaleway())

/** The adapter before its fake. */
export function useScaleway(settings: JsonObject = {}): Bench<FakeScaleway> {
  return useBench({ adapter, fake: sharedFake, region: 'fr-par', settings, dedicated: true })
}

/** How many seconds a list may lag, as the adapter of `useInstances` is told. */
export const LAG = 30
export const PLAN = { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'sbs_5k', volumeSizeGb: 10 }
export const ALLOWED = ['192.0.2.0/24', '198.51.100.7/32']
/** Counted for each order. */
export const POST = 'POST /rdb/v1/regions/fr-par/instances'

/** The adapter before its fake, for orders of PostgreSQL. */
export function useInstances() {
  const bench = useScaleway({ listLagSeconds: LAG })
  return {
    bench,
    driver: () => bench.driver('postgresql'),
    begin: (plan: JsonObject = PLAN) => bench.begin({ service: 'postgresql', plan, allowFrom: ALLOWED }),
    instances: async () => (await bench.fake.state()).instances
  }
}

export const CLUSTER = { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1 }

/** The adapter before its fake, for orders of Redis; the server behind its clusters runs. */
export function useClusters() {
  const bench = useScaleway({ listLagSeconds: LAG })
  before(async function () {
    this.timeout(60_000)
    await bench.fake.start('Redis')
  })
  return {
    bench,
    driver: () => bench.driver('redis'),
    begin: () => bench.begin({ service: 'redis', plan: CLUSTER, allowFrom: ALLOWED, bare: true }),
    clusters: async () => (await bench.fake.state()).clusters
  }
}
