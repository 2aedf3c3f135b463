import { expect } from 'chai'
import { removeBrokers } from '../support/broker-process.ts'
import { seedFrom } from '../support/seeded.ts'
import { mutationJourney } from './mutations.ts'

/** The short form of `npm run journey:mutations`. */
describe('Requests that are wrong in every way', function () {
  this.timeout(600_000)

  afterEach(() => removeBrokers())

  for (const store of ['sqlite', 'postgres'] as const) {
    it(`get a refusal in JSON, tell no secret and change nothing, on ${store} (G-11, G-12, G-16)`, async () => {
      const seed = seedFrom([])
      const { findings, changed, statuses } = await mutationJourney(store, 1000, seed)
      expect(findings, `seed ${seed}`).to.deep.equal([])
      expect(changed).to.equal(false)
      for (const status of ['200', '400', '401', '404', '405', '412'])
        expect(statuses).to.have.property(status)
    })
  }
})
