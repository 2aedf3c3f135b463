import { expect } from 'chai'
import { callAt, chosenBy } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { LAG, POST, useInstances } from './fake/bench.ts'
import type { Scene } from './fake/scene.ts'

describe('scaleway, when the answer to the order is lost', () => {
  const { bench, begin, driver, instances } = useInstances()

  const lost = (when: 'before' | 'after', more: Partial<Scene> = {}): Partial<Scene> => ({
    ...more,
    lost: [{ method: 'POST', path: '/instances', when, times: 1 }]
  })

  it('waits until a list must show it, and makes no second one', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
    await begin().create()
    expect(await instances()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
    expect(bench.passed()).to.be.at.least(LAG)
  })

  it('does so also when it is lost again and again', async () => {
    const again = { method: 'GET', path: '/instances', when: 'after', times: 5 } as const
    await bench.fake.setScene({ hiddenSeconds: LAG - 1, lost: [...(lost('after').lost ?? []), again] })
    await begin().create()
    expect(await instances()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
  })

  it('orders again when it had no effect', async () => {
    await bench.fake.setScene(lost('before', { hiddenSeconds: LAG - 1 }))
    await begin().create()
    expect(await instances()).to.have.length(1)
  })

  it('destroys what a create that was given up had ordered', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
    const engine = begin()
    const handle = await chosenBy(driver(), engine.book.order)
    engine.book.handle = handle
    await failureOf(driver().create(engine.book.order, handle, callAt()), 'unavailable')
    expect(await instances()).to.have.length(1)
    await engine.remove()
    expect(await instances()).to.deep.equal([])
  })

  it('ends with one even where lists lag longer than declared', async () => {
    await bench.fake.setScene(lost('after', { hiddenSeconds: LAG + 20, looks: 6 }))
    const engine = begin()
    await engine.create()
    expect(await bench.asked(POST)).to.equal(2)
    const alive = (await instances()).filter(({ status }) => status !== 'deleting')
    expect(alive.map(({ id }) => id)).to.deep.equal([engine.book.handle?.['id']])
  })
})
