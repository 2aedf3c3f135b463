import { expect } from 'chai'
import { callAt, chosenBy } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { LAG, POST, useServices } from './fake/bench.ts'
import type { Scene } from './fake/scene.ts'

describe('ovhcloud, when the answer to the order is lost', function () {
  this.timeout(20_000)
  const { bench, begin, driver, services } = useServices()

  const lost = (when: 'before' | 'after', more: Partial<Scene> = {}): Partial<Scene> => ({
    ...more,
    lost: [{ method: 'POST', path: '/postgresql', when, times: 1 }]
  })

  it('waits until a list must show it, and makes no second one', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
    await begin().create()
    expect(await services()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
    expect(bench.passed()).to.be.at.least(LAG)
  })

  it('asks for no other while one that may be it is listed and not shown', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG - 1, hiddenGets: 4 }))
    await begin().create()
    expect(await services()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
  })

  it('orders again when it had no effect', async () => {
    await bench.fake.setScene(lost('before', { hiddenSeconds: LAG - 1 }))
    await begin().create()
    expect(await services()).to.have.length(1)
  })

  it('destroys what a create that was given up had ordered', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
    const engine = begin()
    const handle = await chosenBy(driver(), engine.book.order)
    engine.book.handle = handle
    await failureOf(driver().create(engine.book.order, handle, callAt()), 'unavailable')
    expect(await services()).to.have.length(1)
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('ends with one even where lists lag longer than declared', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG + 20, looks: 6 }))
    const engine = begin()
    await engine.create()
    expect(await bench.asked(POST)).to.equal(2)
    const alive = (await services()).filter(({ status }) => status !== 'DELETING')
    expect(alive.map(({ id }) => id)).to.deep.equal([engine.book.handle?.['id']])
  })
})
