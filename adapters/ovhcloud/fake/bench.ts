import type { JsonObject } from '../../../src/contract/json.ts'
import { type Bench, useBench } from '../../../test/support/driver-bench.ts'
import { shared } from '../../../test/support/fake/shared.ts'
import { adapter } from '../index.ts'
import { type FakeOvhcloud, PROJECT, startFakeOvhcloud } from './start-fake.ts'

export const sharedFake = shared(() => startFakeOvhcloud())

/** The adapter before its fake. */
export function useOvhcloud(settings: JsonObject = {}): Bench<FakeOvhcloud> {
  return useBench({ adapter, fake: sharedFake, region: 'GRA', settings, dedicated: true })
}

/** How many seconds a list of services may lag, as the adapter of `useServices` is told. */
export const LAG = 30
export const PLAN = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }
export const ALLOWED = ['192.0.2.0/24', '198.51.100.7/32']
/** Counted for each order. */
export const POST = `POST /1.0/cloud/project/${PROJECT}/database/postgresql`

/** The adapter before its fake, for orders of PostgreSQL. */
export function useServices() {
  const bench = useOvhcloud({ listLagSeconds: LAG })
  return {
    bench,
    driver: () => bench.driver('postgresql'),
    begin: (plan: JsonObject = PLAN) => bench.begin({ service: 'postgresql', plan, allowFrom: ALLOWED }),
    services: async () => (await bench.fake.state()).services
  }
}
