import { expect } from 'chai'
import { losesNoOrder } from '../../test/support/lost-order-suite.ts'
import { LAG, POST, useClusters, useInstances } from './fake/bench.ts'

describe('scaleway, when the answer to the order is lost', () => {
  const { bench, begin, instances } = useInstances()
  const lost = losesNoOrder(bench, {
    begin,
    lag: LAG,
    path: '/instances',
    counted: POST,
    standing: instances,
    leaving: 'deleting'
  })

  it('waits also when it is lost again and again', async () => {
    const again = { method: 'GET', path: '/instances', when: 'after', times: 5 } as const
    await bench.fake.setScene({ hiddenSeconds: LAG - 1, lost: [...lost('after').lost, again] })
    await begin().create()
    expect(await instances()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
  })
})

describe('scaleway, when the answer to the order of a cluster is lost', () => {
  const { bench, begin, clusters } = useClusters()
  const lost = losesNoOrder(bench, {
    begin,
    lag: LAG,
    path: '/clusters',
    counted: 'POST /redis/v1/zones/fr-par-1/clusters',
    standing: clusters,
    leaving: 'deleting'
  })

  it('knows it also when it is not shown under its id at once', async () => {
    await bench.fake.setScene({ ...lost('after'), hiddenSeconds: LAG - 1, hiddenGets: 2 })
    await begin().create()
    expect(await clusters()).to.have.length(1)
  })
})
