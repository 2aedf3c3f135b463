import { expect } from 'chai'
import { callAt } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { PLAN, useInstances } from './fake/bench.ts'

describe('scaleway, what an update changes', () => {
  const { bench, begin, driver, instances } = useInstances()

  it('changes size, volume and availability one after the other, and only once', async () => {
    const engine = begin()
    await engine.create()
    const plan = { ...PLAN, nodeType: 'DB-DEV-M', volumeSizeGb: 20, highAvailability: true }
    await engine.update({ ...engine.book.order, plan })
    await engine.update({ ...engine.book.order, plan })
    expect((await instances())[0]).to.deep.include({
      nodeType: 'db-dev-m',
      volumeSize: 20_000_000_000,
      highAvailability: true,
      status: 'ready'
    })
    expect(await bench.asked('POST /rdb/v1/regions/fr-par/instances/{id}/upgrade')).to.equal(3)
  })

  it('never calls an instance with data broken, and lets a full one grow', async () => {
    const engine = begin()
    await engine.create()
    const handle = engine.book.handle
    const [instance] = await instances()
    if (!handle || !instance) throw new Error('nothing was made')
    for (const status of ['locked', 'error', 'disk_full']) {
      await bench.fake.setStatus(instance.id, status)
      expect(await driver().observe(handle, callAt())).to.deep.include({ state: 'pending' })
      await failureOf(driver().update?.(handle, engine.book.order, callAt()), 'conflict')
    }
    await engine.update({ ...engine.book.order, plan: { ...PLAN, volumeSizeGb: 15 } })
    expect((await instances())[0]).to.deep.include({ status: 'ready', volumeSize: 15_000_000_000 })
  })
})
