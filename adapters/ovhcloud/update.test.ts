import { expect } from 'chai'
import { callAt } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { PLAN, POST, useServices } from './fake/bench.ts'

describe('ovhcloud, what an update changes', function () {
  this.timeout(20_000)
  const { bench, begin, driver, services } = useServices()

  it('changes plan, flavor, disk and version one after the other, and only once', async () => {
    const engine = begin()
    await engine.create()
    const plan = { plan: 'business', version: '16', flavor: 'db1-7', nodes: 2, diskGb: 200 }
    await engine.update({ ...engine.book.order, plan })
    await engine.update({ ...engine.book.order, plan })
    expect((await services())[0]).to.deep.include({ ...plan, status: 'READY' })
    expect(await bench.asked(`PUT ${POST.slice('POST '.length)}/{id}`)).to.equal(4)
  })

  it('is content with the larger disk that a flavor brings', async () => {
    const engine = begin()
    await engine.create()
    const plan = { ...PLAN, flavor: 'db1-7' }
    await engine.update({ ...engine.book.order, plan })
    await engine.update({ ...engine.book.order, plan })
    expect((await services())[0]).to.deep.include({ flavor: 'db1-7', diskGb: 160 })
    const smaller = { ...engine.book.order, plan: { ...plan, diskGb: 70 } }
    await failureOf(engine.update(smaller), 'invalid')
  })

  it('sets other networks, and fails where OVHcloud does not keep them', async () => {
    const engine = begin()
    await engine.create()
    await engine.update({ ...engine.book.order, allowFrom: ['203.0.113.0/24'] })
    expect((await services())[0]?.rules).to.deep.equal(['203.0.113.0/24'])
    await bench.fake.setScene({ forgetsRules: true })
    await failureOf(engine.update({ ...engine.book.order, allowFrom: ['192.0.2.0/24'] }), 'conflict')
  })

  it('refuses what OVHcloud refuses, and says what that is', async () => {
    const engine = begin({ ...PLAN, plan: 'business', nodes: 2 })
    await engine.create()
    const told = await failureOf(engine.update({ ...engine.book.order, plan: PLAN }), 'invalid')
    expect(told.message).to.contain('the plan cannot be changed to this one')
  })

  it('never calls a service with data broken', async () => {
    const engine = begin()
    await engine.create()
    const handle = engine.book.handle
    const [service] = await services()
    if (!handle || !service) throw new Error('nothing was made')
    for (const status of ['LOCKED', 'SHELVED', 'ERROR']) {
      await bench.fake.setStatus(service.id, status)
      expect(await driver().observe(handle, callAt())).to.deep.include({ state: 'pending' })
      await failureOf(driver().update?.(handle, engine.book.order, callAt()), 'conflict')
    }
    for (const status of [
      'PENDING',
      'UPDATING',
      'LOCKED_PENDING',
      'LOCKED_UPDATING',
      'TO_DRAIN',
      'DRAINED'
    ]) {
      await bench.fake.setStatus(service.id, status)
      const again = await driver().update?.(handle, engine.book.order, callAt())
      expect(again, status).to.deep.include({ state: 'pending' })
    }
  })
})
