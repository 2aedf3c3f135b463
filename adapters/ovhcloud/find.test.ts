import { expect } from 'chai'
import { freshName } from '../../test/conformance/fresh.ts'
import { BROKER, callAt, chosenBy } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { useServices } from './fake/bench.ts'
import { descriptionOf } from './mark.ts'

describe('ovhcloud, what it takes for its own', function () {
  this.timeout(20_000)
  const { bench, begin, driver, services } = useServices()

  it('keeps the oldest of two with one mark and destroys the other', async () => {
    const { order } = begin().book
    const description = descriptionOf(order.name, order.mark)
    const older = await bench.fake.addForeign(description)
    await bench.fake.advance(10)
    const younger = await bench.fake.addForeign(description)
    const handle = await chosenBy(driver(), order)
    const found = await driver().create(order, handle, callAt())
    expect(found).to.deep.include({ state: 'pending', handle: { ...handle, id: older, seen: true } })
    const states = Object.fromEntries((await services()).map(({ id, status }) => [id, status]))
    expect(states).to.deep.equal({ [older]: 'READY', [younger]: 'DELETING' })
  })

  it('takes no service for its own whose description differs in anything', async () => {
    const { order } = begin().book
    const ours = descriptionOf(order.name, order.mark)
    const handle = await chosenBy(driver(), order)
    for (const other of [`${ours} `, ours.slice(0, -1), `${ours}1`, ours.replace(BROKER, 'another')]) {
      await bench.fake.reset()
      await bench.fake.addForeign(other)
      await failureOf(driver().create(order, handle, callAt()), 'conflict')
      expect((await driver().destroy(handle, callAt())).state, other).to.equal('pending')
      expect((await services()).map(({ status }) => status)).to.deep.equal(['READY'])
    }
  })

  it('lists what carries the mark of its broker', async () => {
    for (let i = 0; i < 20; i++) {
      const mark = { broker: i < 18 ? BROKER : 'another', resource: `r${i}`, generation: 1 }
      await bench.fake.addForeign(descriptionOf(freshName('p'), mark))
    }
    await bench.fake.addForeign(`portolan ${freshName('p')} ${BROKER}`)
    const found: string[] = []
    for await (const { mark } of driver().list?.(BROKER, callAt()) ?? []) found.push(mark.resource)
    expect(found).to.have.length(18)
    expect(new Set(found).size).to.equal(18)
  })
})
