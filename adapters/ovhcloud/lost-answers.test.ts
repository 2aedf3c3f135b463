import { expect } from 'chai'
import { losesNoOrder } from '../../test/support/lost-order-suite.ts'
import { LAG, POST, useServices } from './fake/bench.ts'

describe('ovhcloud, when the answer to the order is lost', function () {
  this.timeout(20_000)
  const { bench, begin, services } = useServices()
  const lost = losesNoOrder(bench, {
    begin,
    lag: LAG,
    path: '/postgresql',
    counted: POST,
    standing: services,
    leaving: 'DELETING'
  })

  it('asks for no other while one that may be it is listed and not shown', async () => {
    await bench.fake.setScene({ ...lost('after'), hiddenSeconds: LAG - 1, hiddenGets: 4 })
    await begin().create()
    expect(await services()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
  })
})
