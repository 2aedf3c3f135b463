import { expect } from 'chai'
import { freshLogin } from '../../test/conformance/fresh.ts'
import { failureOf, thrown } from '../../test/support/failures.ts'
import { ALLOWED, PLAN, useServices } from './fake/bench.ts'
import { NETWORKS } from './fake/offers.ts'

describe('ovhcloud, in a private network', function () {
  this.timeout(20_000)
  const { bench, begin, services } = useServices()

  const plan = { ...PLAN, privateNetwork: true }
  beforeEach(() => bench.open({ ...bench.fake.settings, privateNetworks: { GRA: { ...NETWORKS['GRA'] } } }))

  it('stands there, with the rules of the order, and is used', async () => {
    const engine = begin(plan)
    await engine.create()
    const [service] = await services()
    expect(service).to.deep.include({
      network: NETWORKS['GRA'],
      rules: ALLOWED
    })
    expect(await engine.bind(freshLogin())).to.have.property('password')
    const refused = await failureOf(engine.update({ ...engine.book.order, plan: PLAN }), 'invalid')
    expect(refused.message).to.contain('privateNetwork')
    await engine.update({ ...engine.book.order, plan: { ...plan, diskGb: 90 } })
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('is given up when it stands elsewhere, and has no password by then', async () => {
    await bench.fake.setScene({ forgetsNetworks: true })
    const engine = begin(plan)
    expect(await thrown(engine.create())).to.include({ name: 'Broken' })
    expect(engine.book.handle).not.to.have.property('password')
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('is none that a network is named for, but no plan', async () => {
    await begin().create()
    expect((await services())[0]?.network).to.equal(null)
  })
})
