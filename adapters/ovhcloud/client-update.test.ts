import { expect } from 'chai'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { AT, fixture, made, order, useApplicationKeys } from './fake/wire.ts'

describe('ovhcloud with application keys, its updates to the byte', () => {
  const { driver, expectCall, expectTime, ready } = useApplicationKeys()

  for (const [change, body] of [
    [{ plan: 'business', flavor: 'db1-7' }, { plan: 'business' }],
    [{ flavor: 'db1-7', diskGb: 160, version: '16' }, { flavor: 'db1-7' }],
    [{ diskGb: 100, version: '16' }, { disk: { size: 100 } }],
    [{ version: '16' }, { version: '16' }]
  ] as const) {
    it(`changes ${JSON.stringify(change)} by one field at a time`, async () => {
      expectTime()
      ready()
      expectCall('PUT', AT, { status: 200, body: fixture('postgresql-create') }, body)
      const wanted = { ...order, plan: { ...order.plan, ...change } }
      expect((await driver()?.update?.(made, wanted, httpCall()))?.state).to.equal('pending')
    })
  }

  it('takes it for success that nothing had to change', async () => {
    expectTime()
    ready()
    const answer = { status: 400, body: fixture('error-no-update') }
    expectCall('PUT', AT, answer, { version: '16' })
    const wanted = { ...order, plan: { ...order.plan, version: '16' } }
    expect((await driver()?.update?.(made, wanted, httpCall()))?.state).to.equal('pending')
  })

  it('refuses what OVHcloud cannot change, and says which', async () => {
    for (const [change, word] of [
      [{ version: '14' }, 'version'],
      [{ diskGb: 70 }, 'smaller']
    ] as const) {
      expectTime()
      ready()
      const wanted = { ...order, plan: { ...order.plan, ...change } }
      const told = await failureOf(driver()?.update?.(made, wanted, httpCall()))
      expect(told.kind).to.equal('invalid')
      expect(told.message).to.contain(word)
    }
  })
})
