import { expect } from 'chai'
import { removeBrokers } from '../support/broker-process.ts'
import { seedFrom } from '../support/seeded.ts'
import { crashJourney } from './crash.ts'

/** The short form of `npm run journey:crash`. */
describe('A broker that is killed at random moments', function () {
  this.timeout(600_000)

  afterEach(() => removeBrokers())

  for (const [store, processes] of [
    ['sqlite', 1],
    ['postgres', 2]
  ] as const) {
    it(`loses, doubles and leaves behind nothing, on ${store} with ${processes} process${processes > 1 ? 'es' : ''}`, async () => {
      const seed = seedFrom([])
      const report = await crashJourney(store, 20, seed)
      const { findings, kills, lost, doubled, leftBehind, notEnded, wrongLogins, ...rest } = report
      expect(findings, `seed ${seed}`).to.deep.equal([])
      expect({ lost, doubled, leftBehind, notEnded, wrongLogins }, `seed ${seed}`).to.deep.equal({
        lost: 0,
        doubled: 0,
        leftBehind: 0,
        notEnded: 0,
        wrongLogins: 0
      })
      expect(rest.operations).to.be.at.least(20)
      expect(rest.processes).to.equal(processes)
      expect(kills).to.be.at.least(1)
    })
  }
})
