import { expect } from 'chai'
import { removeBrokers } from '../support/broker-process.ts'
import { switchJourney } from './switch.ts'

/** The short form of `npm run journey:switch`. */
describe('A switch over OSB, there and back', function () {
  this.timeout(600_000)

  afterEach(() => removeBrokers())

  it('SW-05 SW-09 SW-12 S-08 loses no write, fails none outside the freeze, is always there, and binds until the freeze', async () => {
    const { findings, legs, writes } = await switchJourney('sqlite', 2)
    expect(findings).to.deep.equal([])
    expect(legs.map(({ to }) => to)).to.deep.equal(['paris', 'berlin'])
    expect(writes.acknowledged).to.be.above(100)
    for (const { compared, freezeMs, felt } of legs) {
      expect(compared).to.be.above(300)
      expect(freezeMs).to.be.above(0)
      expect(felt['writer']).to.be.above(0)
    }
  })
})
