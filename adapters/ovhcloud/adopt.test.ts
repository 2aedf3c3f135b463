import { expect } from 'chai'
import type { Handle } from '../../src/contract/adapter.ts'
import { adoptAnew } from '../../test/support/adopt-anew.ts'
import { takesOver } from '../../test/support/adoption-suite.ts'
import { callAt } from '../../test/support/driver-bench.ts'
import { useOvhcloud } from './fake/bench.ts'

const PLAN = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }

describe('ovhcloud, what is taken over', () => {
  const bench = useOvhcloud()
  takesOver(bench, {
    postgresql: PLAN,
    redis: { plan: 'essential', version: '7.2', flavor: 'db1-4', nodes: 1 },
    standing: async () => (await bench.fake.state()).services[0],
    locked: 'LOCKED',
    ready: 'READY',
    others: [
      {
        service: 'postgresql',
        says: { flavor: 'db1-7', diskGb: 160, privateNetwork: true },
        differences: [
          'the flavor is db1-4, not db1-7',
          'the disk in GB is 80, not 160',
          'the network is public, not private'
        ]
      },
      {
        service: 'postgresql',
        says: { plan: 'business', version: '16', nodes: 2 },
        differences: [
          'the plan is essential, not business',
          'the version is 15, not 16',
          'the number of nodes is 1, not 2'
        ]
      },
      { service: 'postgresql', says: { diskGb: 40 }, differences: [] },
      { service: 'redis', says: { version: '8.0' }, differences: ['the version is 7.2, not 8.0'] }
    ]
  })

  it('may have a larger disk than its plan says, which is in the way of no update', async () => {
    const engine = bench.begin({ service: 'postgresql', plan: { ...PLAN, diskGb: 160 }, bare: true })
    await engine.create()
    const { order } = engine.book
    const advance = (seconds: number) => bench.fake.advance(seconds)
    const adopting = { driver: bench.driver('postgresql'), callAt, advance }
    engine.book.handle = (await adoptAnew(adopting, { ...order, plan: PLAN })).at(-1) as Handle
    await engine.update({ ...order, plan: { ...PLAN, diskGb: 120 } })
    expect((await bench.fake.state()).services[0]?.diskGb).to.equal(160)
  })
})
